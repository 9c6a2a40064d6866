/* klplot as a user runs it. What is drawn in plain text and the scripts (--dump) need no gnuplot; where it is
 * missing, the tests of its pictures are skipped. */

#include <stdlib.h>

#include "support/assertions.h"
#include "support/filter_case.h"

/* clang-format off */
#define LINE FILES({"l.csv", "t,speed\n0,1\n1,3\n2,2\n3,5\n"})
#define GROUPS FILES({"g.csv", "t,v,who\n0,1,ann\n0,2,bob\n1,3,ann\n1,5,bob\n"})
#define GRID FILES({"g.csv", "u,v,density\n0,0,1\n0,1,2\n0,2,3\n1,0,4\n1,1,5\n1,2,6\n"}, {"p.csv", "v,u\n1,0.5\n"})
#define BAND FILES({"b.csv", "x,mean,standard_deviation\n1,0,1\n0,2,0.5\n"}, \
                   {"c.csv", "x,mean,lower,upper\n0,2,1,4\n1,0,-1,3\n"})
#define WORDS FILES({"w.csv", "fruit,a,b\nfig,1,2\nkiwi,3,4\n"})
#define HOSTILE FILES({"h.csv", "\"x\n'y\",\"a'`touch pwned`\n!touch pwned\",\"$(touch pwned) @x\",\"\xff\"\n1,2,3,4\n2,3,4,5\n"})
#define FAKE(text) FILES({"l.csv", "t,speed\n0,1\n1,3\n"}, {"gnuplot", "#!/bin/sh\n" text})
#define WITH_FAKE "chmod +x gnuplot; PATH=.:$PATH "
#define PNG "head -c 8 x.png | od -An -tx1"
/* clang-format on */

static const struct filter_case cases[] = {
    /* plain text, whole */
    {"lines are drawn in plain text", "klplot --terminal text --size 30x11 l.csv", LINE,
     .output = "            l.csv\n"
               "speed\n"
               "  |                          *\n"
               "4 +                        **\n"
               "  |                      **\n"
               "  |       *******      **\n"
               "2 +   ****       ******\n"
               "  |***\n"
               "  ++--------+--------+--------\n"
               "   0        1        2\n"
               "              t\n"},
    {"a histogram too", "seq 1 10 | klplot --terminal text --size 30x10 --bins 2",
     .output = "count\n"
               "  |\n"
               "6 +\n"
               "  |***************************\n"
               "4 +***************************\n"
               "  |***************************\n"
               "2 +***************************\n"
               "0 +***************************\n"
               "  +------------+-------------+\n"
               "               5            10\n"},
    {"heat is shaded", "klplot --terminal text --size 30x10 --title '' g.csv", GRID,
     .output = "v\n"
               "2 +==============@@@@@@@@@@@@@\n"
               "  |==============@@@@@@@@@@@@@\n"
               "1 +::::::::::::::%%%%%%%%%%%%%\n"
               "  |              *************\n"
               "0 +              *************\n"
               "  +------+-------------+------\n"
               "         0             1\n"
               "              u\n"
               "  density: 1 [ .:-=+*#%@] 6\n"},
    {"points of groups have marks and a legend",
     "klplot --terminal text --size 30x9 -m points -x t -y v --by who --title '' g.csv", GROUPS,
     .output = "v\n"
               "  |                          +\n"
               "4 +\n"
               "2 ++                         *\n"
               "  |*\n"
               "  ++------------+------------+\n"
               "   0           0.5           1\n"
               "              t\n"
               "  * ann  + bob\n"},
    {"bars stand over their words", "klplot --terminal text --size 40x9 -m bars --title '' w.csv", WORDS,
     .output = "4 +                           +++++++\n"
               "  |                    *******+++++++\n"
               "2 +          +++++++   *******+++++++\n"
               "  |   *******+++++++   *******+++++++\n"
               "0 +   *******+++++++   *******+++++++\n"
               "  +----------+---------------+----------\n"
               "            fig            kiwi\n"
               "                 fruit\n"
               "  * a  + b\n"},
    {"braille and blocks have more dots",
     "klplot --terminal braille --size 30x9 --title '' l.csv; klplot --terminal block --size 30x9 --title '' "
     "l.csv",
     LINE,
     .output = "speed\n"
               "  |                        ⢀⠤⠊\n"
               "4 +                      ⣀⠔⠁\n"
               "  |        ⣀⠤⢄⣀⡀       ⡠⠊\n"
               "2 +    ⣀⠤⠒⠉    ⠈⠉⠉⠒⠒⠤⠔⠉\n"
               "  |⣀⠤⠒⠉\n"
               "  ++--------+--------+--------\n"
               "   0        1        2\n"
               "              t\n"
               "speed\n"
               "  |                         ▄▀\n"
               "4 +                      ▗▞▀\n"
               "  |        ▄▄▄▖        ▄▞▘\n"
               "2 +   ▗▄▄▀▀   ▝▀▀▀▀▄▄▄▀\n"
               "  |▄▞▀▘\n"
               "  ++--------+--------+--------\n"
               "   0        1        2\n"
               "              t\n"},
    {"a matrix begins at the top", "klplot -m matrix --terminal text --size 30x8 --title ''",
     .input = "0,1\n1,0\n2,9\n",
     .output = "1 +              .............\n"
               "  |              .............\n"
               "2 +..............\n"
               "  |::::::::::::::@@@@@@@@@@@@@\n"
               "3 +::::::::::::::@@@@@@@@@@@@@\n"
               "  +------+-------------+------\n"
               "         1             2\n"
               "  0 [ .:-=+*#%@] 9\n"},
    {"of several bands each keeps to its own mark", "klplot --terminal text --size 30x9 --by who --title ''",
     .input = "x,mean,lower,upper,who\n0,1,1,1,ann\n1,1,0,2,ann\n0,6,6,6,bob\n1,6,5,7,bob\n",
     .output = "  |+++++++++++++++++++++++++++\n"
               "5 +             ++++++++++++++\n"
               "  |\n"
               "  |              *************\n"
               "0 +***************************\n"
               "  ++------------+------------+\n"
               "   0           0.5           1\n"
               "              x\n"
               "  * ann  + bob\n"},
    {"a drawing is no larger than asked for",
     "for s in 24x8 30x9; do for a in g.csv '-x x -y mean,lower,upper c.csv' c.csv; do "
     "klplot --terminal text --size $s $a | awk -v s=$s -v a=\"$a\" '{ if (length($0) > s + 0) print a, s, "
     "$0 } "
     "END { sub(/.*x/, \"\", s); if (NR > s) print a, s, NR }'; done; done",
     FILES({"g.csv", "abscissa,ordinate,what it is worth\n0,0,1\n0,1,2.25\n1,0,4.123456\n1,1,5\n"},
           {"c.csv", "x,mean,lower,upper\n0,2,1,4\n1,0,-1,3\n"})},
    {"without gnuplot, dumb is plain text",
     "klplot --terminal text l.csv >a; PATH=$(dirname $(command -v klplot)) klplot --terminal dumb l.csv >b; "
     "cmp a b",
     LINE},
    {"and a PNG is an error that names the package",
     "k=$(command -v klplot); PATH=none $k -o x.png l.csv; s=$?; ls; exit $s", LINE, .output = "l.csv\n",
     .error = "klplot: png is drawn by gnuplot, which is not installed (Debian's package gnuplot-nox)\n",
     .status = 1},
    {"the script needs no gnuplot", "k=$(command -v klplot); PATH=none $k --dump l.csv", LINE,
     .output_contains = "$curve1 << END\n0 1\n1 3\n2 2\n3 5\nEND\n"},

    /* what a table asks for */
    {"an ascending first column: lines", "klplot --dump l.csv | grep -o 'with [a-z]*'", LINE,
     .output = "with lines\n"},
    {"else points", "klplot --dump | grep -o 'with [a-z]*'", .input = "1,1\n1,2\n",
     .output = "with points\n"},
    {"each group ascends for itself", "klplot --by who --dump g.csv | grep -o 'with lines.*title.*'", GROUPS,
     .output = "with lines linewidth 1.5 dashtype 1 linecolor '#0072b2' title 'ann', \\\n"
               "with lines linewidth 1.5 dashtype 1 linecolor '#d55e00' title 'bob'\n"},
    {"one column: a histogram", "seq 100 | klplot --dump | grep -o 'with boxes'", .output = "with boxes\n"},
    {"a full grid: heat", "klplot --dump g.csv | grep -o 'with image'", GRID, .output = "with image\n"},
    {"heat has its columns' names",
     "klplot --dump g.csv | sed -n \"s/^set \\([xy]label\\|cblabel\\) '\\(.*\\)'.*/\\1 \\2/p\"", GRID,
     .output = "xlabel u\nylabel v\ncblabel density\n"},
    {"a grid with a hole is none", "sed 3d g.csv | klplot --dump | grep -o 'with [a-z]*'", GRID,
     .output = "with points\nwith points\n"},
    {"and cannot be heat", "sed 3d g.csv | klplot -m heat --dump", GRID,
     .error = "klplot: heat and contours need three columns, of which the first two form a full grid\n",
     .status = 1},
    {"a mean and a deviation: a band of 1.96 of them, by x", "klplot --dump b.csv | sed -n '/<</,/END/p'",
     BAND,
     .output = "$curve1 << END\n0 2 1.020018007729973 2.979981992270027\n"
               "1 0 -1.959963984540054 1.959963984540054\nEND\n"},
    {"a mean and bounds: a band", "klplot --dump c.csv | sed -n '/<</,/END/p'", BAND,
     .output = "$curve1 << END\n0 2 1 4\n1 0 -1 3\nEND\n"},
    {"a band of unnamed columns is asked for", "klplot -m band --dump | sed -n '/<</,/END/p'",
     .input = "0,2,1,4\n", .output = "$curve1 << END\n0 2 1 4\nEND\n"},
    {"and refused without bounds", "klplot -m band --dump l.csv", LINE,
     .error = "klplot: a band needs columns mean with lower and upper, standard_deviation or variance, or "
              "two or three "
              "vertical "
              "columns\n",
     .status = 1},
    {"columns are chosen by name, words left over are no hindrance",
     "klplot -x v -y t --dump g.csv | sed -n '/<</,/END/p'", GROUPS,
     .output = "$curve1 << END\n1 0\n2 0\n3 1\n5 1\nEND\n"},
    {"the horizontal one is the first", "klplot -y v --dump g.csv | grep xlabel", GROUPS,
     .output = "set xlabel 't'\n"},
    {"an unknown column: the nearest name", "klplot -x sped --dump l.csv", LINE,
     .error = "klplot: -x: no column 'sped'; the nearest is 'speed'\n", .status = 1},
    {"numbers of an array part curves too", "matcat -b | klplot --by 3 --dump | grep -o \"title '.*'\"",
     .input = "0,1,7\n0,2,8.5\n1,3,7\n1,5,8.5\n", .output = "title '7'\ntitle '8.5'\n"},
    {"more groups than can be told apart are refused", "seq 300 | sed 's/.*/&,1,&/' | klplot --by 3 --dump",
     .error = "klplot: --by: more than 200 different values\n", .status = 1},
    {"points of another table lie over it, by name",
     "klplot --overlay p.csv --dump g.csv | sed -n '/overlay <</,/END/p'", GRID,
     .output = "$overlay << END\n0.5 1\nEND\n"},
    {"its first columns where there are no names",
     "sed 1d p.csv >q.csv; klplot --overlay q.csv --dump g.csv | sed -n '/overlay <</,/END/p'", GRID,
     .output = "$overlay << END\n1 0.5\nEND\n"},
    {"and marks on the axis where it has the horizontal column alone",
     "printf 't\\n1\\n2\\n' | klplot --overlay - --dump l.csv | sed -n '/overlay <</,/END/p;s/.*\\(with "
     "vectors\\).*/\\1/p'",
     LINE, .output = "$overlay << END\n1\n2\nEND\nwith vectors\n"},
    {"its other columns may hold words",
     "printf 'who,v,w,u\\nann,1,x,0.5\\n' >q.csv; klplot --overlay q.csv --dump g.csv | "
     "sed -n '/overlay <</,/END/p'",
     GRID, .output = "$overlay << END\n0.5 1\nEND\n"},
    {"over a band the data's own column is their height, whatever its name",
     "printf 'y,x\\n7,0.5\\n' | klplot --overlay - --dump b.csv | sed -n '/overlay <</,/END/p'", BAND,
     .output = "$overlay << END\n0.5 7\nEND\n"},
    {"also where the horizontal column is not the first",
     "matcat -c mean,lower,upper,x c.csv >d.csv; printf 'y,x\\n7,0.5\\n' | klplot --overlay - --dump d.csv | "
     "sed -n '/overlay <</,/END/p'",
     BAND, .output = "$overlay << END\n0.5 7\nEND\n"},
    {"marks over a band where they have no height",
     "printf 'x\\n1\\n' | klplot --overlay - --dump b.csv | sed -n '/overlay <</,/END/p'", BAND,
     .output = "$overlay << END\n1\nEND\n"},
    {"labels stand beside one another: numbers of columns",
     "seq -s, 200 | klplot -m matrix --dump | grep 'set xtics'",
     .output_contains = "set xtics ('20' 19, '40' 39, '60' 59, "},
    {"long numbers",
     "for w in 900 600; do seq 100000000 100000029 | sed 's/.*/&,1/' | klplot --size ${w}x300 --dump | "
     "grep 'set xtics'; done",
     .output = "set xtics 5\nset xtics 10\n"},
    {"decades", "seq -3 5 | sed 's/.*/1e&,1/' | klplot --log x --size 600x400 --dump | grep 'set xtics'",
     .output = "set xtics 100\n"},
    {"words that would not stand are slanted, and cut where they would fill the picture",
     "for n in x y2345678901234567890123456789012345678901234567890; do printf 'w,v\\n%s,1\\na%s,2\\nc,3\\n' "
     "$n $n | "
     "klplot -m bars --dump | grep -A1 'set xtics'; done",
     .output = "set xtics ('x' 0, 'ax' 1, 'c' 2)\n$curve1 << END\n"
               "set xtics () rotate by 40 right\nset lmargin 20\n"
               "set xtics ('y2345678901234567890123456789012' 0, 'ay234567890123456789012345678901' 1, 'c' "
               "2)\n$curve1 << END\n"},
    {"the numbers of colours tell them apart",
     "printf 'u,v,z\\n0,0,100000001\\n0,1,100000002\\n1,0,100000003\\n1,1,100000004\\n' | klplot --dump | "
     "grep 'format cb'",
     .output = "set format cb '%.9g'\n"},
    {"contours lie at even levels", "klplot -m contour --levels 4 --dump g.csv | grep cntrparam", GRID,
     .output = "set cntrparam levels discrete 2, 3, 4, 5\n"},
    {"a bin as wide as the doubles is drawn", "klplot --bins 1 --dump | grep -c inf",
     .input = "1e308\n-1e308\n", .output = "0\n", .status = 1},
    {"--density has area 1", "klplot --bins 2 --density --dump | sed -n '/<</,/END/p'",
     .input = "0\n1\n2\n4\n", .output = "$curve1 << END\n1 0.25\n3 0.25\nEND\n"},
    {"ranges and logarithms are the axes'",
     "klplot --log y --x-range 0: --y-range 1:100 --dump l.csv | grep -E 'range|logscale'", LINE,
     .output = "set xrange [0:3] noextend\nset yrange [1:100] noextend\nset logscale y\n"},
    {"titles and labels, or none",
     "klplot --title T --x-label '' --y-label Y --dump l.csv | grep -E 'title|label' | grep -v notitle", LINE,
     .output = "set title 'T'\nset ylabel 'Y'\n"},

    /* what is left out is told */
    {"points that are not finite", "klplot --dump | sed -n '/<</,/END/p'", .input = "0,1\n1,inf\n2,3\n",
     .output = "$curve1 << END\n0 1\n2 3\nEND\n", .error = "klplot: 1 point not drawn: not finite\n"},
    {"points that have no logarithm", "klplot --log y --dump | sed -n '/<</,/END/p'",
     .input = "0,1\n1,0\n2,3\n", .output = "$curve1 << END\n0 1\n2 3\nEND\n",
     .error = "klplot: 1 point not drawn: not finite, or not positive on a logarithmic axis\n"},
    {"nothing left is an error", "klplot --log y --dump", .input = "0,-1\n1,0\n",
     .error = "klplot: there is nothing to draw: no point is finite and positive\n", .status = 1},
    {"missing values leave gaps, unless they are refused",
     "klplot --dump <t | sed -n '/<</,/END/p'; klplot --dump --na fail t", FILES({"t", "0,1\n1,\n2,3\n"}),
     .output = "$curve1 << END\n0 1\n2 3\nEND\n", .status = 1,
     .error = "klplot: 1 point not drawn: not finite\nklplot: t:2: field 2: the value is missing (--na skip "
              "drops such rows)\n"},
    {"a reliability diagram: bars of accuracy and confidence over bins, none over empty ones",
     "calib --quiet --bins 4 --table p | klplot --quiet --dump | sed -n '/xtics (/p; /<</,/END/p; "
     "s/.*title/title/p'",
     FILES({"p", ".7,.3,0\n.9,.1,0\n.2,.8,0\n"}),
     .output = "set xtics ('1' 0, '2' 1, '3' 2, '4' 3)\n$curve1 << END\n1.8 1\n2.8000000000000003 "
               "0.5\nEND\n$curve2 << END\n2.2 0.7\n3.2 0.8500000000000001\nEND\ntitle 'accuracy', "
               "\\\ntitle 'confidence'\n"},
    {"missing rows are counted", "klplot --na skip --dump | sed -n '/<</,/END/p'", .input = "0,1\n1,\n2,3\n",
     .output = "$curve1 << END\n0 1\n2 3\nEND\n", .error = "klplot: -: 1 row with missing values skipped\n"},
    {"a million points on a line keep four a pixel at most",
     "seq 1000000 | awk '{ print $1 \",\" $1 % 1000 }' | klplot --dump | wc -l | awk '{ print $1 < 4000 }'",
     .output = "1\n", .error_contains = "1000000 points thinned to the "},
    {"many scattered points become a density",
     "seq 100000 | awk '{ print $1 % 317 \",\" $1 % 311 }' | klplot --dump | grep -o 'with image'",
     .output = "with image\n",
     .error = "klplot: 100000 points are drawn as a density: their number in each cell\n"},
    {"of all the points",
     "seq 100000 | awk '{ print $1 % 317 \",\" $1 % 311 }' | klplot -q --dump | grep -v NaN | "
     "awk '/^END/ { exit } data { sum += $3 } /<</ { data = 1 } END { print sum }'",
     .output = "100000\n"},
    {"of groups, one point a pixel is kept",
     "seq 100000 | awk '{ print $1 % 7 \",\" $1 % 5 \",\" $1 % 2 }' | klplot --by 3 --dump | grep -c "
     "'^[0-9]'",
     .output = "70\n", .error = "klplot: 100000 points thinned to the 70 that can be seen\n"},

    /* text is never a command */
    {"names are text for gnuplot, on one line", "klplot --dump h.csv | grep -E \"label|title\"", HOSTILE,
     .output_contains = "title 'a''`touch pwned`?!touch pwned'"},
    {"nothing of them is run",
     "klplot --terminal svg h.csv >x.svg 2>/dev/null; klplot --terminal dumb h.csv >/dev/null; "
     "klplot --terminal text h.csv >/dev/null; ls pwned 2>/dev/null",
     HOSTILE, .status = 2},
    {"plain text is plain", "klplot --terminal text h.csv | LC_ALL=C grep -c '[^ -~]'", HOSTILE,
     .output = "0\n", .status = 1},

    /* passing on */
    {"--tee passes the bytes on and draws to standard error",
     "klplot --tee --terminal text --size 30x10 l.csv 2>e; grep -c '[*]' e", LINE,
     .output = "t,speed\n0,1\n1,3\n2,2\n3,5\n5\n"},
    {"whatever they are",
     "matcat -b -z l.csv >l.npy.gz; klplot --tee --terminal text l.npy.gz 2>/dev/null | cmp - l.npy.gz",
     LINE},
    {"a wrong table is passed on and named", "klplot --tee --terminal text", .input = "1,2\n3\n",
     .output = "1,2\n3\n", .error = "klplot: -:2: expected 2 fields, got 1\n", .status = 1},

    /* refused */
    {"neither a terminal nor a file", "klplot l.csv", LINE,
     .error = "klplot: standard output is no terminal: name a file with -o, or a --terminal\n", .status = 2},
    {"a format that is not known", "klplot -o x.jpg l.csv", LINE,
     .error = "klplot: --output: expected a name that ends in .png, .svg or .pdf, got 'x.jpg'\n",
     .status = 2},
    {"a range that is none", "klplot --x-range 3:1 --dump l.csv", LINE,
     .error = "klplot: --x-range: expected LO:HI with LO < HI, got '3:1'\n", .status = 2},
    {"a range without logarithms", "klplot --log x --x-range 0:1 --dump l.csv", LINE,
     .error = "klplot: --x-range: a logarithmic axis is positive\n", .status = 2},
    {"a range without data", "klplot --x-range 5: --dump l.csv", LINE,
     .error = "klplot: --x-range: the data lie outside\n", .status = 1},
    {"a size that is none", "klplot --size 5x5 --terminal text l.csv", LINE,
     .error = "klplot: --size: expected WxH from 24x8 to 1000x1000 characters, got '5x5'\n", .status = 2},
    {"an empty table", "klplot --dump", .input = "", .error = "klplot: -: no rows\n", .status = 1},
    {"words that are not drawn are an error with their place", "klplot --dump w.csv", WORDS,
     .error = "klplot: w.csv:2: field 1: expected a number, got 'fig'\n", .status = 1},
    {"a full disk", "klplot --terminal text l.csv >/dev/full", LINE,
     .error = "klplot: standard output: No space left on device\n", .status = 1},
    {"a reader that goes away", "klplot --terminal text l.csv | :", LINE},

    /* gnuplot's troubles, by a stand-in */
    {"gnuplot's message is ours", WITH_FAKE "klplot -o x.png l.csv; s=$?; ls; exit $s",
     FAKE("echo >&2; echo '\"/dev/stdin\" line 7: it is broken' >&2; exit 1"), .output = "gnuplot\nl.csv\n",
     .error = "klplot: gnuplot: it is broken\n", .status = 1},
    {"its end by a signal is told", WITH_FAKE "klplot -o x.png l.csv", FAKE("kill -9 $$"),
     .error = "klplot: gnuplot was ended by signal 9\n", .status = 1},
    {"a picture of nothing is none", WITH_FAKE "klplot -o x.png l.csv; s=$?; ls; exit $s", FAKE("exit 0"),
     .output = "gnuplot\nl.csv\n", .error = "klplot: gnuplot: it drew nothing\n", .status = 1},
    {"a failure leaves the picture of before",
     "echo old >x.png; " WITH_FAKE "klplot -o x.png l.csv; cat x.png", FAKE("echo half; exit 1"),
     .output = "old\n", .error_contains = "klplot: gnuplot"},
    {"it gets the script on standard input",
     WITH_FAKE "klplot -o x.svg l.csv && klplot --dump -o x.svg l.csv | cmp - x.svg",
     FAKE("[ \"$*\" = '-d /dev/stdin' ] && exec cat /dev/stdin")},
};

static const struct filter_case pictures[] = {
    {"a PNG by its name", "klplot -o x.png l.csv && " PNG, LINE, .output = " 89 50 4e 47 0d 0a 1a 0a\n"},
    {"of the size asked for",
     "klplot --size 321x123 -o x.png l.csv && head -c 24 x.png | tail -c 8 | od -An -tx1", LINE,
     .output = " 00 00 01 41 00 00 00 7b\n"},
    {"an SVG", "klplot -o x.svg l.csv && grep -c '</svg>' x.svg", LINE, .output = "1\n"},
    {"a PDF of the same bytes at another time",
     "klplot -o x.pdf l.csv && sleep 1 && klplot -o y.pdf l.csv && cmp x.pdf y.pdf", LINE},
    {"a PDF", "klplot -o x.pdf l.csv && head -c 5 x.pdf", LINE, .output = "%PDF-"},
    {"through a pipe", "klplot --terminal png l.csv >x.png && " PNG, LINE,
     .output = " 89 50 4e 47 0d 0a 1a 0a\n"},
    {"the same picture twice", "klplot -o x.png g.csv && klplot -o y.png g.csv && cmp x.png y.png", GRID},
    {"every kind is a script that gnuplot takes",
     "for m in lines points steps bars histogram matrix; do for t in png svg pdf dumb sixel; do "
     "klplot -m $m --terminal $t l.csv | wc -c | awk -v k=\"$m $t\" '$1 < 500 { print k }'; done; done",
     LINE},
    {"heat, contours, bands, overlays too",
     "for t in png svg pdf dumb sixel; do for a in g.csv '-m contour g.csv' '--overlay p.csv g.csv'; do "
     "klplot --terminal $t $a | wc -c | awk -v k=\"$a $t\" '$1 < 500 { print k }'; done; done",
     GRID},
    {"and bands",
     "for t in png svg pdf dumb; do for f in b.csv c.csv; do "
     "klplot --terminal $t $f | wc -c | awk -v k=\"$f $t\" '$1 < 500 { print k }'; done; done",
     BAND},
    {"hostile names are drawn and not run",
     "for t in png svg pdf dumb; do klplot --terminal $t h.csv >x || exit; done; ls", HOSTILE,
     .output = "h.csv\nx\n"},
    {"logarithmic axes, one point, equal values", "for o in '--log x' '--log y' '--log xy' '-m histogram' "
                                                  "'-m bars'; do echo 1,1 | klplot $o --terminal png | "
                                                  "wc -c | awk '$1 < 500'; done"},
    {"values at the ends of the doubles",
     "printf '1e-320,-1.7e308\\n1e300,1.7e308\\n' | klplot -o x.png && " PNG,
     .output = " 89 50 4e 47 0d 0a 1a 0a\n"},
    {"PNG to a terminal is refused", "script -qec 'klplot --terminal png l.csv' /dev/null | tr -d '\\r'",
     LINE, .output = "klplot: refusing to write binary to a terminal: redirect it, or use -o FILE\n"},
    {"nothing is left in the folder of temporaries",
     "mkdir tmp; TMPDIR=$PWD/tmp klplot -o x.png l.csv; ls tmp", LINE},
};

static void gnuplot_is_not_installed(void **state) {
    (void)state;
    skip();
}

int main(void) {
    const struct CMUnitTest skipped[] = {cmocka_unit_test(gnuplot_is_not_installed)};
    int failed = filter_cases_run(cases, sizeof cases / sizeof *cases);
    if (system("command -v gnuplot >/dev/null") != 0)
        return cmocka_run_group_tests(skipped, NULL, NULL) || failed;
    return filter_cases_run(pictures, sizeof pictures / sizeof *pictures) || failed;
}
