/* matcat as a user runs it. Numbers of Old Faithful are those of R's summary() and sd(). */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "io/npy_header.h"
#include "support/assertions.h"
#include "support/filter_case.h"

/* clang-format off */
#define AB FILES({"p.csv", "a,b\n1,2\n3,4\n"}, {"q.csv", "a,c\n5,6\n"}, {"n.csv", "7,8\n"}, {"one.csv", "a\n1\n"})
#define WORDS FILES({"t.csv", "x,name\n1,foo\n2,bar\n3,foo\n"}, {"u.csv", "x,name\n4,baz\n5,bar\n"})
#define SCALED FILES({"s.csv", "x,y\n1,-10\n2,30\n4,70\n"})
#define SIX .input = "1\n2\n3\n4\n5\n6\n"
#define MIXTURE FILES({"w.csv", "0.4\n0.6\n"}, {"m.csv", "0,0\n3,1\n"}, {"v.csv", "1,0.5\n1,1\n"})
#define PACK_MIXTURE \
    "matcat --pack kind:=gmm covariance_type:=diagonal weights=w.csv means=m.csv covariances=v.csv -o f.npz"
#define CLASSES(F) "matcat --split " F " --stratify 2 a b c.csv && " \
    "for c in 1 2 3; do cut -d, -f2 a | grep -c $c; cut -d, -f2 b | grep -c $c; done"
/* clang-format on */

static const struct filter_case cases[] = {
    /* reading and writing */
    {"files and pipes about as long as the buffers of text give the same rows",
     "yes 1.5 | head -c 5000000 >all; for n in 4095 4096 4097 65535 65536 65537 4194303 4194304 4194305; do "
     "head -c $n all >x; matcat x >a; cat x | matcat | cmp - a && awk 'END { print NR }' a; done",
     .output = "1024\n1024\n1025\n16384\n16384\n16385\n1048576\n1048576\n1048577\n"},
    {"rows come as they are", "matcat", .input = "1,2\n-3.50,4e2\n", .output = "1,2\n-3.5,400\n"},
    {"names come where the input has some", "matcat p.csv", AB, .output = "a,b\n1,2\n3,4\n"},
    {"and not with -N", "matcat -N p.csv", AB, .output = "1,2\n3,4\n"},
    {"one row, one column", "matcat", .input = "5\n", .output = "5\n"},
    {"a last line without its end", "matcat", .input = "1\n2", .output = "1\n2\n"},
    {"carriage returns are no data", "matcat", .input = "a,b\r\n1,2\r\n", .output = "a,b\n1,2\n"},
    {"nor is a byte order mark", "matcat",
     .input = "\xef\xbb\xbf"
              "1,2\n",
     .output = "1,2\n"},
    {"blank lines and comments are skipped", "matcat", .input = "# c\n\n1\n\n# d\n2\n", .output = "1\n2\n"},
    {"tabs, semicolons and blanks are found",
     "matcat -d tab - && echo '1;2' | matcat && echo '1  2' | matcat", .input = "1\t2\n",
     .output = "1,2\n1,2\n1,2\n"},
    {"infinities and signed zeros stay", "matcat", .input = "inf,-inf,-0,0\n", .output = "inf,-inf,-0,0\n"},
    {"digits are rounded", "matcat --digits 3", .input = "3.14159,1234567\n", .output = "3.14,1230000\n"},
    {"names that need quotes get them", "matcat", .input = "\"a,b\",\"c\"\"d\"\n1,2\n",
     .output = "\"a,b\",\"c\"\"d\"\n1,2\n"},
    {"a wide row is a row", "seq 200000 | tr '\\n' , | sed 's/,$/\\n/' | matcat | md5sum >a; "
                            "seq 200000 | tr '\\n' , | sed 's/,$/\\n/' | md5sum | cmp - a"},
    {"a header alone is a table without rows", "matcat", .input = "a,b\n", .output = "a,b\n"},
    {"nothing at all is an error", "matcat", .input = "", .error = "matcat: -: no rows\n", .status = 1},
    {"ragged rows: both counts and the line", "matcat", .input = "1,2\n3\n",
     .error = "matcat: -:2: expected 2 fields, got 1\n", .status = 1},
    {"a missing value is refused with its place", "matcat", .input = "1,2\n3,nan\n",
     .error = "matcat: -:2: field 2: the value is missing (--na skip drops such rows)\n", .status = 1},
    {"or its row dropped and counted", "matcat --na skip", .input = "1,\n3,4\nNA,1\n", .output = "3,4\n",
     .error = "matcat: 2 rows with missing values skipped\n"},
    {"quietly with -q", "matcat -q --na skip", .input = "1,\n3,4\n", .output = "3,4\n"},
    {"a file that is not there", "matcat nofile", .error = "matcat: nofile: No such file or directory\n",
     .status = 1},
    {"a full disk is an error", "matcat p.csv >/dev/full", AB,
     .error = "matcat: standard output: No space left on device\n", .status = 1},
    {"a reader that goes away ends it quietly", "seq 1000000 | matcat | head -n 1", .output = "1\n"},
    {"and so where the pipe's signal is ignored",
     "trap '' PIPE; seq 1000000 2>/dev/null | matcat | head -n 1", .output = "1\n"},
    {"-o leaves nothing behind an error", "matcat -o out.csv p.csv q.csv; ls", AB,
     .output = "n.csv\none.csv\np.csv\nq.csv\n",
     .error = "matcat: q.csv: column 2 is 'c', but in p.csv it is 'b' (--names or -N: any names)\n"},
    {"the report counts rows and columns", "matcat --report r.json p.csv >/dev/null; cat r.json", AB,
     .output_contains = "\"rows\": 2"},

    /* formats */
    {"CSV to NPY and back", "matcat -b p.csv | matcat", AB, .output = "1,2\n3,4\n"},
    {"NPY to a file is one array", "matcat -b p.csv -o p.npy && matcat --info p.npy", AB,
     .output = "file,format,compression,type,rows,columns\np.npy,npy,none,f8,2,2\n"},
    {"single precision", "matcat -b --float32 -o x.npy && matcat --info x.npy && matcat x.npy",
     .input = "0.1\n",
     .output = "file,format,compression,type,rows,columns\nx.npy,npy,none,f4,1,1\n0.10000000149011612\n"},
    {"gzip", "matcat -z p.csv | gzip -d", AB, .output = "a,b\n1,2\n3,4\n"},
    {"gzip of several files", "matcat -z p.csv >a.gz; matcat -zN p.csv >>a.gz; matcat a.gz", AB,
     .output = "a,b\n1,2\n3,4\n1,2\n3,4\n"},
    {"an array of an NPZ", "matcat $DATA/npz/savez.npz:weights", .output = "-4.75\n2.25\n-1.75\n"},

    /* files after files, and beside files */
    {"rows of file after file", "matcat p.csv p.csv", AB, .output = "a,b\n1,2\n3,4\n1,2\n3,4\n"},
    {"with standard input among them", "matcat p.csv - p.csv", AB, .input = "9,9\n",
     .output = "a,b\n1,2\n3,4\n9,9\n1,2\n3,4\n"},
    {"which can be read once", "matcat - -", .error = "matcat: standard input (-) can be read once only\n",
     .status = 2},
    {"CSV after NPY", "matcat -b p.csv >p.npy; matcat p.npy n.csv", AB, .output = "1,2\n3,4\n7,8\n"},
    {"NPY files make one array", "matcat -b p.csv >p.npy; matcat -b p.npy p.npy | wc -c", AB,
     .output = "192\n"},
    {"other names are refused", "matcat p.csv q.csv", AB,
     .error = "matcat: q.csv: column 2 is 'c', but in p.csv it is 'b' (--names or -N: any names)\n",
     .status = 1},
    {"but with -N", "matcat -N p.csv q.csv", AB, .output = "1,2\n3,4\n5,6\n"},
    {"or --names", "matcat --names u,v p.csv q.csv", AB, .output = "u,v\n1,2\n3,4\n5,6\n"},
    {"or where one has none", "matcat p.csv n.csv && matcat n.csv p.csv", AB,
     .output = "a,b\n1,2\n3,4\n7,8\n7,8\n1,2\n3,4\n"},
    {"another width is refused before anything is written", "matcat p.csv one.csv", AB,
     .error = "matcat: one.csv: 1 column, but p.csv has 2\n", .status = 1},
    {"also from a pipe", "cat one.csv | matcat p.csv -", AB, .output = "a,b\n1,2\n3,4\n",
     .error = "matcat: -: 1 column, but p.csv has 2\n", .status = 1},
    {"as many names as columns", "matcat --names u p.csv", AB,
     .error = "matcat: --names: 1 name for 2 columns\n", .status = 1},
    {"columns side by side", "matcat --paste p.csv p.csv", AB, .output = "a,b,a,b\n1,2,1,2\n3,4,3,4\n"},
    {"with names for those without", "matcat --paste n.csv q.csv", AB, .output = "x1,x2,a,c\n7,8,5,6\n"},
    {"as many rows", "matcat --paste p.csv q.csv >/dev/null", AB,
     .error = "matcat: q.csv: 1 row, but p.csv has 2 or more\n", .status = 1},
    {"long files side by side",
     "seq 100000 >x; seq 2 2 200000 | matcat -b >y; "
     "matcat --paste x y | awk -F, '$2 != 2 * $1' | wc -l",
     .output = "0\n"},

    /* columns */
    {"columns by number, name, range and from the end", "matcat -c 3,a,1-2,-1", .input = "a,b,c\n1,2,3\n",
     .output = "c,a,a,b,c\n3,1,1,2,3\n"},
    {"all columns but some", "matcat --exclude b,1", .input = "a,b,c\n1,2,3\n", .output = "c\n3\n"},
    {"text in a column left out is no trouble", "matcat -c x t.csv", WORDS, .output = "x\n1\n2\n3\n"},
    {"an unknown column: the nearest", "matcat -c nme t.csv", WORDS,
     .error = "matcat: t.csv: no column 'nme'; the nearest is 'name'\n", .status = 1},
    {"text is refused", "matcat t.csv", WORDS,
     .error = "matcat: t.csv:2: field 2: expected a number, got 'foo'\n", .status = 1},
    {"words become codes, the same in every file", "matcat --factor name t.csv u.csv", WORDS,
     .output = "x,name\n1,0\n2,1\n3,0\n4,2\n5,1\n"},
    {"in an order that is given", "matcat --factor 2 --levels bar,foo,baz t.csv u.csv", WORDS,
     .output = "x,name\n1,1\n2,0\n3,1\n4,2\n5,0\n"},
    {"where another word is an error", "matcat --factor name --levels foo,bar t.csv u.csv >/dev/null", WORDS,
     .error = "matcat: u.csv:2: field 2: 'baz' is none of the --levels\n", .status = 1},
    {"no word twice", "matcat --factor name --levels foo,bar,foo t.csv", WORDS,
     .error = "matcat: --levels: 'foo' stands there twice\n", .status = 2},
    {"the codes are written", "matcat --factor name --print-levels l.csv t.csv u.csv >/dev/null && cat l.csv",
     WORDS, .output = "code,level\n0,foo\n1,bar\n2,baz\n"},
    {"with quotes where they are needed", "matcat --factor 1 --print-levels l.csv >/dev/null && cat l.csv",
     .input = "a,b\n\"x,y\",1\n", .output = "code,level\n0,\"x,y\"\n"},
    {"a column of classes becomes indicators", "matcat --one-hot b --classes 3",
     .input = "a,b,c\n5,2,6\n7,0,8\n", .output = "a,b_0,b_1,b_2,c\n5,0,0,1,6\n7,1,0,0,8\n"},
    {"counted where the file can be read twice", "matcat --one-hot 1 h.csv", FILES({"h.csv", "2\n0\n"}),
     .output = "0,0,1\n1,0,0\n"},
    {"not from a pipe", "matcat --one-hot 1", .input = "2\n0\n",
     .error = "matcat: --one-hot needs --classes or --levels where the input cannot be read twice\n",
     .status = 1},
    {"factors know their classes", "matcat --factor name --one-hot name t.csv u.csv", WORDS,
     .output = "x,name_0,name_1,name_2\n1,1,0,0\n2,0,1,0\n3,1,0,0\n4,0,0,1\n5,0,1,0\n"},
    {"from a pipe by --levels", "cat t.csv | matcat --factor name --one-hot name --levels foo,bar", WORDS,
     .output = "x,name_0,name_1\n1,1,0\n2,0,1\n3,1,0\n"},
    {"a class too many is refused with its place", "matcat --one-hot b --classes 2",
     .input = "a,b\n1,1\n1,2\n",
     .error = "matcat: -:3: column 2 (b): expected a whole number from 0 to 1 for --one-hot, got 2\n",
     .status = 1},
    {"and one that is not whole", "matcat --one-hot 1 --classes 2", .input = "0.5\n",
     .error = "matcat: -:1: column 1: expected a whole number from 0 to 1 for --one-hot, got 0.5\n",
     .status = 1},

    /* rows */
    {"rows by number", "matcat --rows 2:3,5", SIX, .output = "2\n3\n5\n"},
    {"from the end of a pipe", "matcat --rows -2:", SIX, .output = "5\n6\n"},
    {"of a file", "matcat --rows 2:-2 h.csv", FILES({"h.csv", "x\n1\n2\n3\n4\n"}), .output = "x\n2\n3\n"},
    {"of NPY", "matcat -b | matcat --rows -3:-2", SIX, .output = "4\n5\n"},
    {"past the end: what is there", "matcat --rows 5:9", SIX, .output = "5\n6\n"},
    {"or nothing but the header", "matcat --rows 7:", .input = "a\n1\n", .output = "a\n"},
    {"no rows without names: nothing", "matcat --rows 7:", SIX},
    {"an empty NPY has its columns", "matcat -b --head 0 -o e.npy p.csv && matcat --info e.npy", AB,
     .output = "file,format,compression,type,rows,columns\ne.npy,npy,none,f8,0,2\n"},
    {"rows are no columns", "matcat --rows 3-5", SIX,
     .error = "matcat: --rows: expected ranges of rows such as 1:10, 20: or -5:, got '3-5'\n", .status = 2},
    {"head", "matcat --head 2", SIX, .output = "1\n2\n"},
    {"head does not wait for more", "yes 1 | matcat --head 2", .output = "1\n1\n"},
    {"head does not look at what follows", "matcat --head 1", .input = "1\nx\n", .output = "1\n"},
    {"tail", "matcat --tail 2", SIX, .output = "5\n6\n"},
    {"every", "matcat --every 4", SIX, .output = "1\n5\n"},
    {"rows, then head, then tail, then every", "matcat --every 2 --tail 3 --head 5 --rows 2:", SIX,
     .output = "4\n6\n"},
    {"missing values before rows", "matcat -q --na skip --head 1", .input = "nan\n2\n", .output = "2\n"},

    /* at random */
    {"a sample keeps input order", "seq 1000 | matcat --sample 10 | sort -nc"},
    {"and has its size", "seq 1000 | matcat --sample 10 | wc -l", .output = "10\n"},
    {"the same for the same seed",
     "seq 1000 >x; matcat --sample 10 x >a; cat x | matcat --sample 10 -s 1 | cmp - a"},
    {"another for another", "seq 1000 >x; matcat --sample 10 x >a; matcat --sample 10 -s 2 x | cmp -s - a",
     .status = 1},
    {"fewer rows than asked for are noted", "matcat --sample 7", SIX, .output = "1\n2\n3\n4\n5\n6\n",
     .error = "matcat: only 6 rows to sample 7 from\n"},
    {"a fraction of the rows",
     "seq 10000 | matcat --sample-fraction 0.1 | wc -l | awk '{ print ($1 > 850), ($1 < 1150) }'",
     .output = "1 1\n"}, /* five standard errors: 150 */
    {"none and all of them", "matcat --sample-fraction 0 h; matcat --sample-fraction 1 h",
     FILES({"h", "1\n2\n"}), .output = "1\n2\n"},
    {"a shuffle is a permutation", "seq 1000 >x; matcat --shuffle x >a; cmp -s a x || sort -n a | cmp - x"},
    {"rows stay whole", "seq 1000 | awk '{ print $1, -$1 }' | matcat --shuffle | awk -F, '$1 != -$2'"},
    {"a bootstrap repeats rows",
     "seq 1000 | matcat --bootstrap | sort -n | uniq | wc -l | "
     "awk '{ print ($1 > 560), ($1 < 700) }'",
     .output = "1 1\n"}, /* 632 expected, deviation below 10 */
    {"a sample in random order",
     "seq 1000 | matcat --sample 100 --shuffle >a; sort -nc a 2>/dev/null || wc -l <a", .output = "100\n"},
    {"8 and 2 of 10", "seq 10 | matcat --split 0.8 a b && wc -l <a && wc -l <b", .output = "8\n2\n"},
    {"together all, each in order", "seq 10 >x; matcat --split 0.8 a b x && sort -nc a && sort -nc b && "
                                    "sort -n a b | cmp - x"},
    {"another seed another split",
     "seq 100 | matcat --split .5 a b; seq 100 | matcat -s 2 --split .5 c d; cmp -s a c", .status = 1},
    {"classes keep their shares",
     "(yes 1 | head -n 50; yes 2 | head -n 30; yes 3 | head -n 20) | "
     "awk '{ print NR \",\" $1 }' >c.csv; " CLASSES("0.8"),
     .output = "40\n10\n24\n6\n16\n4\n"},
    {"both parts have the names", "matcat --split 0.5 a b p.csv; head -qn 1 a b", AB, .output = "a,b\na,b\n"},
    {"the parts may be NPY", "seq 10 | matcat -b --split 0.3 a b; matcat --info a b",
     .output = "file,format,compression,type,rows,columns\na,npy,none,f8,3,1\nb,npy,none,f8,7,1\n"},
    {"a part may be standard output", "matcat --split 1 - b", SIX, .output = "1\n2\n3\n4\n5\n6\n"},
    {"a split needs its files", "matcat --split 0.5 a",
     .error = "matcat: --split needs two files to write to: --split F A B\n", .status = 2},
    {"the parts are the two words behind F",
     "matcat p.csv --split=1 a b && matcat q.csv --split 1 c d n.csv -N && cat a c p.csv", AB,
     .output = "a,b\n1,2\n3,4\n5,6\n7,8\na,b\n1,2\n3,4\n"},
    {"with options between",
     "matcat --split 1 --stratify b a c p.csv && matcat p.csv --split 1 d --stratify b c && cmp a d && cat a",
     AB, .output = "a,b\n1,2\n3,4\n"},
    {"never what stands before F", "matcat p.csv q.csv --split 1 a; matcat p.csv q.csv --split 1; cat p.csv",
     AB, .input = "1\n", .output = "a,b\n1,2\n3,4\n",
     .error = "matcat: --split needs two files to write to: --split F A B\n"
              "matcat: --split needs two files to write to: --split F A B\n"},
    {"no file is read and written", "matcat --split 0.5 p.csv b p.csv", AB,
     .error = "matcat: --split: p.csv is given twice\n", .status = 2},
    {"a fraction is one", "matcat --split 1.5 a b",
     .error = "matcat: --split: expected a number from 0 to 1, got '1.5'\n", .status = 2},
    {"one kind of sampling", "matcat --sample 3 --bootstrap",
     .error = "matcat: --sample and --bootstrap exclude each other\n", .status = 2},

    /* values */
    {"means are subtracted", "matcat --center", .input = "x,y\n1,5\n2,5\n", .output = "x,y\n-0.5,0\n0.5,0\n"},
    {"and divided by deviations", "matcat --standardize", .input = "1\n2\n3\n", .output = "-1\n0\n1\n"},
    {"the constant column is named", "matcat --standardize", .input = "x,y\n1,5\n2,5\n",
     .error = "matcat: column 2 (y) is constant, nothing to divide by (--center subtracts means alone)\n",
     .status = 1},
    {"so is one row", "matcat --standardize", .input = "1\n",
     .error = "matcat: column 1 is constant, nothing to divide by (--center subtracts means alone)\n",
     .status = 1},
    {"an infinite value has no mean", "matcat --center", .input = "1\ninf\n",
     .error = "matcat: column 1 has no finite mean\n", .status = 1},
    {"the scale is kept",
     "matcat --standardize --save-scale s.npz s.csv >/dev/null && matcat --list s.npz && "
     "matcat s.npz:mean && matcat s.npz:deviation",
     SCALED,
     .output = "array,type,shape\nkind,<U5,scalar\nversion,<f8,scalar\nmean,<f8,2\ndeviation,<f8,2\n"
               "2.3333333333333335\n30\n1.5275252316519468\n40\n"},
    {"applied to other data, and undone",
     "matcat --standardize --save-scale s.npz s.csv >a && matcat --scale s.npz s.csv | "
     "cmp - a && matcat --unscale s.npz a",
     SCALED, .numbers = "1 -10 2 30 4 70", .relative_tolerance = 1e-12},
    {"undone on Old Faithful to 1e-12",
     "matcat --standardize --save-scale s.npz $DATA/faithful.csv | matcat --unscale s.npz | "
     "matcat --paste - $DATA/faithful.csv | awk -F, 'NR > 1 && ($1 / $3 - 1 > 1e-12 || $1 / $3 - 1 < -1e-12 "
     "|| "
     "$2 / $4 - 1 > 1e-12 || $2 / $4 - 1 < -1e-12)'"},
    {"for as many columns", "matcat --center --save-scale s.npz s.csv >/dev/null; matcat --scale s.npz",
     SCALED, .input = "1\n", .error = "matcat: s.npz: the scale is for 2 columns, but the data have 1\n",
     .status = 1},
    {"what is no scale is refused", "matcat --scale $DATA/npz/savez.npz", .input = "1\n",
     .error_contains = "kind: expected 'scale', got 'gmm'", .status = 1},
    {"each row divided by its sum", "matcat --normalize", .input = "1,3\n5,0\n",
     .output = "0.25,0.75\n1,0\n"},
    {"which may not be 0", "matcat --normalize", .input = "1,3\n1,-1\n",
     .error = "matcat: -:2: the row's sum is 0: it cannot be normalized\n", .status = 1},
    {"softmax", "matcat --softmax", .input = "0,0\n1000,0\n", .output = "0.5,0.5\n1,0\n"},
    {"log-softmax", "matcat --log-softmax", .input = "0,0\n1000,0\n",
     .output = "-0.6931471805599453,-0.6931471805599453\n0,-1000\n"},
    {"log and exp", "matcat --log | matcat --exp", .input = "1,0\n", .output = "1,0\n"},
    {"a logarithm that is none is refused with its place", "matcat --log", .input = "a,b\n1,2\n3,-4\n",
     .error = "matcat: -:3: column 2 (b): expected a number of at least 0 for --log, got -4\n", .status = 1},
    {"one transform", "matcat --log --exp", .error = "matcat: --log and --exp exclude each other\n",
     .status = 2},
    {"transpose", "matcat --transpose p.csv", AB, .output = "r1,r2\n1,3\n2,4\n"},
    {"without names there are none", "matcat --transpose", .input = "1,2,3\n4,5,6\n",
     .output = "1,4\n2,5\n3,6\n"},
    {"transposed twice", "seq 1000 | awk '{ print $1, $1 * $1, 1 / $1 }' | matcat >x; "
                         "matcat --transpose x | matcat --transpose | cmp - x"},
    {"no rows make no columns", "matcat --transpose", .input = "a,b\n",
     .error = "matcat: no rows to transpose\n", .status = 1},
    {"scaling comes before transforms, whatever the order", "matcat --exp --center", .input = "1\n1\n",
     .output = "1\n1\n"},
    {"and transposing after", "matcat --transpose --normalize", .input = "1,3\n2,2\n",
     .output = "0.25,0.5\n0.75,0.5\n"},

    /* what files hold */
    {"Old Faithful as R's summary and sd have it", "matcat --describe $DATA/faithful.csv",
     .numbers = "272 0 3.4877830882352936 1.1413712511052083 1.6 2.16275 4 4.45425 5.1 "
                "272 0 70.897058823529406 13.594973789999392 43 58 76 82 96",
     .relative_tolerance = 4e-16},
    {"the description has these columns", "matcat --describe p.csv | head -n 1", AB,
     .output = "column,count,missing,mean,deviation,minimum,q1,median,q3,maximum\n"},
    {"missing values are counted", "matcat --describe", .input = "a,b\n1,\n2,3\nNA,\n",
     .output = "column,count,missing,mean,deviation,minimum,q1,median,q3,maximum\n"
               "a,2,1,1.5,0.7071067811865476,1,1.25,1.5,1.75,2\nb,1,2,3,nan,3,3,3,3,3\n"},
    {"columns without names are numbered", "matcat --describe -N", .input = "1,2\n",
     .output = "x1,1,0,1,nan,1,1,1,1,1\n"
               "x2,1,0,2,nan,2,2,2,2,2\n"},
    {"rows can be chosen first", "matcat --describe -N --head 1 -c b p.csv", AB,
     .output = "b,1,0,2,nan,2,2,2,2,2\n"},
    {"a column without rows", "matcat --describe -N --rows 9: -c b p.csv", AB,
     .output = "b,0,0,nan,nan,nan,nan,nan,nan,nan\n"},
    {"a description is no matrix", "matcat --describe -b p.csv", AB,
     .error = "matcat: --binary has no meaning with --describe\n", .status = 2},
    {"formats, sizes and types", "matcat -bz p.csv >p.npy.gz; matcat --info p.csv p.npy.gz", AB,
     .output =
         "file,format,compression,type,rows,columns\np.csv,csv,none,text,2,2\np.npy.gz,npy,gzip,f8,2,2\n"},
    {"tables of words are counted", "matcat --info t.csv && cat t.csv | matcat --info -N", WORDS,
     .output = "file,format,compression,type,rows,columns\nt.csv,csv,none,text,3,2\n-,csv,none,text,3,2\n"},
    {"the arrays of an NPZ as matrices",
     "matcat --info -N $DATA/npz/savez.npz | sed 's/.*npz:/npz:/' | sed -n '4,6p'",
     .output = "npz:weights,npy,none,f8,3,1\nnpz:means,npy,none,f4,3,2\nnpz:covariances,npy,none,f8,3,4\n"},
    {"--info has no rows to choose", "matcat --info --head 3 p.csv", AB,
     .error = "matcat: --head has no meaning with --info\n", .status = 2},
    {"one table at a time", "matcat --info --list p.csv",
     .error = "matcat: --describe, --info, --list and --pack exclude one another\n", .status = 2},
    {"the arrays of numpy.savez", "matcat --list -N $DATA/npz/savez.npz",
     .output = "kind,<U3,scalar\nbytes,|S4,scalar\nunicode,<U2,scalar\nweights,<f8,3\nmeans,<f4,3x2\n"
               "covariances,<f8,3x2x2\nfortran,<f8,3x2x2\ncount,<i8,4\nflags,|b1,4\nversion,<i8,scalar\nnone,"
               "<f8,0x2\n"},
    {"of savez_compressed, and of zips written to pipes",
     "matcat --list $DATA/npz/savez.npz >a; for f in savez_compressed pipe_stored pipe_deflated "
     "pipe_deflated_wide; do "
     "cat $DATA/npz/$f.npz | matcat --list - | cmp - a; matcat $DATA/npz/$f.npz:covariances >b; "
     "matcat $DATA/npz/savez.npz:covariances | cmp - b; done"},
    {"what is no NPZ has no list", "matcat --list p.csv", AB, .error = "matcat: p.csv: no zip archive\n",
     .status = 1},

    /* packing */
    {"a mixture is packed", PACK_MIXTURE " && matcat --list -N f.npz && matcat f.npz:means", MIXTURE,
     .output =
         "kind,<U3,scalar\ncovariance_type,<U8,scalar\nweights,<f8,2\nmeans,<f8,2x2\ncovariances,<f8,2x2\n"
         "version,<f8,scalar\n0,0\n3,1\n"},
    {"to standard output", "matcat --pack a:=1 | matcat --list -N -",
     .output = "a,<f8,scalar\nversion,<f8,scalar\n"},
    {"from standard input", "matcat --pack a=- -o f.npz && matcat f.npz:a", SIX,
     .output = "1\n2\n3\n4\n5\n6\n"},
    {"the same bytes each time", PACK_MIXTURE "; cp f.npz g.npz; " PACK_MIXTURE "; cmp f.npz g.npz", MIXTURE},
    {"NPY keeps its shape",
     "matcat --pack c=$DATA/npy/cube.npy d=$DATA/npz/savez.npz:covariances -o f.npz; "
     "matcat --list -N f.npz; matcat $DATA/npy/cube.npy >a; matcat f.npz:c | cmp - a",
     .output = "c,<f8,4x3x2\nd,<f8,3x2x2\nversion,<f8,scalar\n"},
    {"or gets another", "matcat --pack m=m.csv v=v.csv --shape m=4,v=2x2x1 -o f.npz; matcat --list -N f.npz",
     MIXTURE, .output = "m,<f8,4\nv,<f8,2x2x1\nversion,<f8,scalar\n"},
    {"of the same size", "matcat --pack m=m.csv --shape m=3 -o f.npz", MIXTURE,
     .error = "matcat: --shape m=3: that is 3 values, but the array has 4\n", .status = 1},
    {"a version that is given stays", "matcat --pack version:=7 -o f.npz; matcat f.npz:version",
     .output = "7\n"},
    {"a model that its reader refuses", "echo 0.5 >w.csv; " PACK_MIXTURE "; ls f.npz 2>/dev/null", MIXTURE,
     .status = 2, .error_contains = "f.npz: "},
    {"weights that do not sum to 1", "printf '.4\\n.5\\n' >w.csv; " PACK_MIXTURE, MIXTURE,
     .error = "matcat: f.npz: weights sum to 0.9, not 1\n", .status = 1},
    {"a scale without deviations", "matcat --pack kind:=scale mean=w.csv -o f.npz", MIXTURE,
     .error = "matcat: f.npz: no array 'deviation'\n", .status = 1},
    {"a kernel estimate whose weights are too few",
     "kde --fit m.csv -o k.npz && matcat --pack kind:=kde kernel:=gaussian points=k.npz:points "
     "factor=k.npz:factor weights=w.csv -o f.npz && matcat --list -N f.npz | wc -l && head -1 w.csv >one.csv "
     "&& "
     "matcat --pack kind:=kde kernel:=gaussian points=k.npz:points factor=k.npz:factor weights=one.csv -o "
     "g.npz",
     MIXTURE, .output = "6\n", .error_contains = "matcat: g.npz: weights: ", .status = 1},
    {"a clustering without its distance", "matcat --pack kind:=kmeans centers=m.csv counts=w.csv -o f.npz",
     MIXTURE, .error = "matcat: f.npz: no array 'distance'\n", .status = 1},
    {"and with it",
     "matcat --pack kind:=kmeans distance:=sqeuclidean centers=m.csv counts=w.csv -o f.npz && "
     "kmeans -N --model f.npz m.csv",
     MIXTURE, .output = "1,0\n2,0\n"},
    {"no nan gets into a model", "printf '1\\nnan\\n' | matcat --pack a=- -o f.npz",
     .error_contains = "the value is missing", .status = 1},
    {"no array twice", "matcat --pack a:=1 a:=2 -o f.npz",
     .error = "matcat: --pack: array 'a' is given twice\n", .status = 2},
    {"what is no array", "matcat --pack a -o f.npz",
     .error = "matcat: --pack: expected NAME=FILE or NAME:=VALUE, got 'a'\n", .status = 2},
    {"a model is no table", "matcat --pack a:=1 -b -o f.npz",
     .error = "matcat: --binary has no meaning with --pack\n", .status = 2},

    /* options that do not go together */
    {"--levels needs --factor", "matcat --levels a,b", .error = "matcat: --levels needs --factor\n",
     .status = 2},
    {"--stratify needs --split", "matcat --stratify 1", .error = "matcat: --stratify needs --split\n",
     .status = 2},
    {"--save-scale needs a scale", "matcat --save-scale s.npz",
     .error = "matcat: --save-scale needs --center or --standardize\n", .status = 2},
    {"a split is scaled by a kept scale only", "matcat --split .5 a b --standardize",
     .error = "matcat: --split and --standardize exclude each other\n", .status = 2},
    {"a split has two outputs of its own", "matcat --split .5 a b -o c",
     .error = "matcat: --output has no meaning with --split\n", .status = 2},
};

/* A directory with x.npy: count doubles of random bits, but for nan. */
static char *random_bits_directory(size_t rows, size_t columns) {
    size_t count = rows * columns, length = NPY_HEADER_MATRIX + count * sizeof(double);
    char *file = malloc(length);
    struct random_stream random;
    assert_non_null(file);
    random_start(&random, 1, "test_matcat", "bits", 0);
    npy_header_write_matrix((unsigned char *)file, "<f8", rows, columns);
    for (size_t i = 0; i < count; i++) {
        double value;
        do {
            uint64_t bits = random_bits64(&random);
            memcpy(&value, &bits, sizeof value);
        } while (isnan(value));
        value = i % 1000 == 0 ? INFINITY : i % 1000 == 1 ? -INFINITY : i % 1000 == 2 ? -0.0 : value;
        memcpy(file + NPY_HEADER_MATRIX + i * sizeof value, &value, sizeof value);
    }
    char *directory =
        filter_run_directory((const struct filter_file[]){{"x.npy", file, length}, {NULL, NULL, 0}});
    free(file);
    return directory;
}

/* x.npy is written as matcat writes, so the files must be the same to the last byte of the header too. */
static void a_million_doubles_come_back_bit_by_bit(void **state) {
    (void)state;
    char *directory = random_bits_directory(100000, 10);
    struct filter_run run = filter_run_command(
        directory,
        "matcat x.npy >a.csv && matcat -b -o b.npy a.csv && cmp x.npy b.npy && matcat -z b.npy >c.csv.gz && "
        "gzip -dc c.csv.gz | cmp - a.csv && matcat -b -o d.npy c.csv.gz && cmp x.npy d.npy",
        NULL, 0);
    assert_string_equal(run.error, "");
    assert_string_equal(run.output, "");
    assert_int_equal(run.status, 0);
    filter_run_free(&run);
    filter_run_remove(directory);
}

/* Each answer is waited for before the next line goes out. */
static void each_line_is_answered_at_once(void **state) {
    (void)state;
    char *directory = filter_run_directory(NULL);
    struct filter_run run = filter_run_command(
        directory,
        "mkfifo in out; timeout 20 matcat -c 2,1 <in >out & exec 3>in 4<out; "
        "for i in 1 2 3; do echo $i,$((i + 1)) >&3; read line <&4; echo \"got $line\"; done; exec 3>&-; wait",
        NULL, 0);
    assert_string_equal(run.output, "got 2,1\ngot 3,2\ngot 4,3\n");
    assert_string_equal(run.error, "");
    filter_run_free(&run);
    filter_run_remove(directory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_million_doubles_come_back_bit_by_bit),
        cmocka_unit_test(each_line_is_answered_at_once),
    };
    int failed = filter_cases_run(cases, sizeof cases / sizeof *cases);
    return cmocka_run_group_tests(tests, NULL, NULL) || failed;
}
