/* kdloss as a user runs it. The numbers are those of the losses' specification, found there by an independent
 * program and printed to 12 digits or fewer. */

#include "support/filter_case.h"

#define TEACHER                                                                                              \
    { "t", "2,1,0,-1\n0,3,1,0\n1,1,2,-2\n" }
#define STUDENT                                                                                              \
    { "s", "1,.5,0,0\n1,1,0,0\n0,0,1,1\n" }
#define LABELS                                                                                               \
    { "y", "0\n1\n2\n" }
#define LOGITS FILES(TEACHER, STUDENT, LABELS)

#define FEATURES                                                                                             \
    FILES({"f", "2,1,0\n1,3,.5\n0,1,2\n1.5,.5,.2\n"}, {"g", "1,.2,.1\n2,4,1\n.5,.5,1\n-3,1,1\n"},            \
          {"h", "0\n1\n2\n0\n"}, {"c", "1.75,.75,.1\n1,3,.5\n0,1,2\n"})
#define OF_FEATURES(term)                                                                                    \
    "for w in '' --rows; do kdloss -N $w -l " term " -y h f g; done; kdloss -N --gradient-features -l " term \
    " -y h f g | head -2"

#define LABELLED FILES({"z", "2,1,0,-1\n0,3,1,.5\n1,1,2,-2\n"}, {"y", "0\n2\n1\n"})
#define ROBUST(term)                                                                                         \
    "kdloss -l " term " -y y z; kdloss -N --rows -l " term " -y y z; kdloss -N --gradient -l " term          \
    " -y y z | head -1"

#define MARGINS                                                                                              \
    FILES({"z", "2,1,0,-1\n0,3,1,.5\n1,1,2,-2\n"}, {"y", "0\n2\n1\n"},                                       \
          {"m", "0,1,.5,2\n1,0,.3,.2\n.5,-1,0,1\n2,.1,.7,0\n"},                                              \
          {"w", "0,1,.5,2\n1,3,.3,.2\n.5,-1,0,1\n2,.1,.7,0\n"},                                              \
          {"v", "0,inf,.5,2\n1,0,.3,.2\n.5,-1,0,1\n2,.1,.7,0\n"})

/* The total, then the rows, then the first row of the derivative. */
#define ALL(term)                                                                                            \
    "for w in '' --rows --gradient; do kdloss -N $w -l " term                                                \
    " -y y t s | head -n $(test \"$w\" = --gradient && "                                                     \
    "echo 1 || echo 3); done"
#define TOTAL(term) "kdloss -l " term " -y y t s"
#define PRINTED .tolerance = 6e-13

static const struct filter_case cases[] = {
    {"ce", ALL("ce"), LOGITS, PRINTED,
     .numbers = "0.954648874648 0.851128887788 1.006408868078 1.006408868078 "
                "-0.191022433102 0.086315924202 0.052353254450 0.052353254450"},
    {"ce smoothed", TOTAL("ce:smoothing=0.1") "; kdloss -l ce:smoothing=.1 --gradient -y y t s | head -2",
     LOGITS, PRINTED,
     .numbers = "1.008815541315 -0.166022433102 0.077982590869 0.044019921117 0.044019921117"},
    {"kl", ALL("kl"), LOGITS, PRINTED,
     .numbers = "0.342724930196 0.141236254880 0.484238118406 0.402700417304 "
                "-0.072327186398 0.007354984839 0.023305148203 0.041667053356"},
    {"cka of features that are constant but for the rounding of their mean",
     "yes .1 | head -7 >f; seq 7 >g; kdloss -l cka f g; kdloss -l cka g f", .status = 1,
     .error =
         "kdloss: cka: the teacher's features are constant in a batch\nkdloss: cka: the student's features "
         "are constant in a batch\n"},
    {"cka of features of any size",
     "for e in 0 308 100 80 -100 -300; do awk -F, -v e=e$e '{ print $1 e \",\" $2 e }' f >h; kdloss -l cka h "
     "g; done",
     FILES({"f", "1,.5\n.2,1\n-.3,.2\n1,1\n"}, {"g", "1,3\n2,1\n0,1\n.5,1\n"}),
     .numbers = "0.67846801750417 0.67846801750417 0.67846801750417 0.67846801750417 0.67846801750417 "
                "0.67846801750417",
     .tolerance = 1e-14},
    {"the derivative of cka falls as the features grow",
     "awk -F, '{ print $1 \"e90,\" $2 \"e90\" }' g >h; kdloss -N -l cka --gradient-features f g | tr , '\\n' "
     ">a; "
     "kdloss -N -l cka --gradient-features f h | tr , '\\n' | paste a - | awk '{ print ($1 - $2 * 1e90) ^ 2 "
     "< "
     "1e-28 }' | uniq",
     FILES({"f", "1,.5\n.2,1\n-.3,.2\n1,1\n"}, {"g", "1,3\n2,1\n0,1\n.5,1\n"}), .output = "1\n"},
    /* Of two equal classes at distance d the divergence is d^2/8, of Jensen and Shannon d^2/32. */
    {"rows that are nearly equal", "kdloss p q; kdloss -l rkl p q; kdloss -l js p q",
     FILES({"p", "1,1\n"}, {"q", "0,1e-9\n"}), .numbers = "1.25e-19 1.25e-19 3.125e-20",
     .relative_tolerance = 1e-6},
    {"an underflowed student is infinitely far from a teacher's 0", "kdloss -l rkl p q",
     FILES({"p", "0,-inf\n"}, {"q", "0,-800\n"}), .output = "inf\n"},
    {"kl is the default, and -T the temperature", "kdloss -T 4 t s; kdloss -T 4 --gradient t s | head -2",
     LOGITS, PRINTED,
     .numbers = "0.678464446112 -0.078990206954 -0.021326491102 0.018859472057 0.081457225999"},
    {"rkl", ALL("rkl"), LOGITS, PRINTED,
     .numbers = "0.637317470321 0.189713987125 0.704588755160 1.017649668678 "
                "-0.085479494254 -0.008687971941 0.020907105872 0.073260360322"},
    {"rkl at 4", TOTAL("rkl:temperature=4"), LOGITS, PRINTED, .numbers = "0.769799901961"},
    {"js", ALL("js"), LOGITS, PRINTED,
     .numbers = "0.098981739410 0.038896301290 0.132037747935 0.126011169004 "
                "-0.018519626117 0.000418670620 0.005704696692 0.012396258804"},
    {"tv", ALL("tv"), LOGITS, PRINTED,
     .numbers = "0.338771927632 0.216981559193 0.444246702209 0.355087521496 "
                "-0.081553723257 0.036851090633 0.022351316312 0.022351316312"},
    {"jeffreys is the mean of kl and rkl",
     "kdloss -l jeffreys t s; kdloss -l kl:.5 -l rkl:.5 t s | awk '{ printf \"%.12f\\n\", $1 }'", LOGITS,
     PRINTED, .numbers = "0.490021200259 0.490021200259"},
    {"logit-mse", ALL("logit-mse"), LOGITS, PRINTED,
     .numbers = "1.6875 0.5625 1.5 3 -0.166666666666667 -0.0833333333333333 0 0.166666666666667"},
    {"dkd", ALL("dkd:temperature=4"), LOGITS, .tolerance = 6e-12,
     .numbers = "5.618158218251 1.607855298113 3.223248311921 12.023371044719 "
                "-0.078990206954 -0.585453260065 -0.052954923607 0.717398390627"},
    {"ofa", ALL("ofa"), LOGITS, .tolerance = 6e-9,
     .numbers = "1.69815346814 1.48355575448 1.78519918014 1.8257054698 "
                "-0.16092989 0.04739125 0.04758837 0.06595027"},
    {"ofa at other gammas, scopes and temperatures",
     "for k in gamma=1 gamma=1,scope=all gamma=1.2 gamma=1.2,scope=all scope=all gamma=3 gamma=3,scope=all "
     "temperature=2; do " TOTAL("ofa:$k") "; done",
     LOGITS, .tolerance = 6e-12,
     .numbers = "1.22365187233 1.22365187233 1.39861369547 1.21856391352 1.35265885466 4.1708127505 "
                "3.61245373162 1.71711530465"},
    {"kl-top of two classes", ALL("kl-top:k=2"), LOGITS, PRINTED,
     .numbers = "0.031158446810 0.026344585977 0.067130754453 0 -0.036199749143 0.036199749143 0 0"},
    {"kl-top of three", TOTAL("kl-top:k=3") "; kdloss -l kl-top:k=3 --gradient t s | head -2", LOGITS,
     PRINTED, .numbers = "0.170730761405 -0.052920188240 0.020822471555 0.032097716685 0"},
    {"kl-top at 4", TOTAL("kl-top:k=2,temperature=4"), LOGITS, PRINTED, .numbers = "0.050181048257"},
    {"kl-top within all classes", ALL("kl-top:k=2,renormalize=0"), LOGITS, PRINTED,
     .numbers = "0.403935124724 0.243512628053 0.621683789351 0.346608956769 "
                "-0.089291061541 -0.002934125543 0.046112593542 0.046112593542"},
    {"kl-top of all classes is kl", TOTAL("kl-top:k=4"), LOGITS, PRINTED, .numbers = "0.342724930196"},
    {"dist", ALL("dist:temperature=4"), LOGITS, .tolerance = 6e-12,
     .numbers = "21.753810737778 12.733581711143 20.962576681765 31.565273820425 -3.564726627321 "
                "2.096673569164 -0.108419177634 1.576472235788"},
    {"sinkhorn", ALL("sinkhorn"), LOGITS, PRINTED,
     .numbers = "0.460067131037 0.384272031653 0.411741514624 0.584187846835 -0.018295762361 -0.030539855008 "
                "0.013730857417 0.035104759952"},
    {"sinkhorn, other rows of the derivative", "kdloss -N -l sinkhorn --gradient t s | tail -2", LOGITS,
     .tolerance = 6e-9,
     .numbers =
         "0.00370341 -0.01799479 -0.01219564 0.02648702 -0.01137944 -0.02508741 -0.02591424 0.06238108"},
    {"sinkhorn at other regularisations",
     "for k in iterations=1,temperature=1 temperature=1 lambda=1 lambda=.02 lambda=.02,iterations=5000 "
     "lambda=.01 lambda=.01,iterations=5000; do " TOTAL("sinkhorn:$k") "; done",
     LOGITS, PRINTED,
     .numbers = "0.710277767361 0.707856905570 0.495358254061 0.435114531135 0.433917112294 0.433524325673 "
                "0.429837600240"},
    {"sinkhorn at 1, its derivative", "kdloss -T 1 -l sinkhorn --gradient t s | head -2", LOGITS,
     .tolerance = 6e-11, .numbers = "-0.1812447085 0.0818047809 0.0526730174 0.0467669102"},
    {"sinkhorn row by row, or in batches of one",
     "kdloss -l sinkhorn:pairing=row t s; kdloss -B 1 -N --rows -l sinkhorn t s", LOGITS, PRINTED,
     .numbers = "0.429415345042 0.273024396877 0.508019911392 0.507201726858"},
    {"sinkhorn of a teacher with itself",
     "kdloss -l sinkhorn t t; kdloss -l sinkhorn:lambda=.01 t t; kdloss -l sinkhorn:debias=1 t t", LOGITS,
     PRINTED, .numbers = "0.002891481522 0 0"},
    {"the plan is that of the filter sinkhorn",
     "kdloss -l sinkhorn --plan plan -N t s >/dev/null; sinkhorn --logits --temperature 2 --cost cityblock "
     "--epsilon 0.1 --max-iterations 20 --tolerance 0 --plan -N s t | paste -d, - plan | awk -F, '{ for (j = "
     "1; j <= 3; j++) print ($j * 3 - $(j + 3)) ^ 2 < 1e-24 }' | sort -u",
     LOGITS, .output = "1\n"},
    {"rows in another order, and their derivatives",
     "sed -n '3p;1p;2p' s >s2; kdloss -l sinkhorn t s | cut -c -12; kdloss -l sinkhorn t s2 | cut -c -12; "
     "kdloss -N -l sinkhorn --gradient t s | sed -n '3p;1p;2p' | tr , '\\n' >a; kdloss -N -l sinkhorn "
     "--gradient t s2 | tr , '\\n' | paste - a | awk '{ print ($1 - $2) ^ 2 < 1e-28 }' | sort -u",
     LOGITS, .output = "0.4600671310\n0.4600671310\n1\n"},
    {"a tolerance that is not reached",
     "kdloss -l sinkhorn:lambda=.01,tolerance=1e-12 t s; s=$?; kdloss -l sinkhorn:lambda=.01,tolerance=.9 t "
     "s >/dev/null; echo $s $?",
     LOGITS, .output_contains = "3 0",
     .error = "kdloss: sinkhorn: the tolerance is not reached, row sums are off by 0.05: raise iterations\n"},
    /* 0.6053547788353 by an independent program. */
    {"a plan whose rows are far from their weights, told with --verbose",
     "kdloss -v -l sinkhorn:lambda=.001,iterations=3 t s >/dev/null", LOGITS,
     .error_contains = "kdloss: sinkhorn: row sums are off by 0.6: raise iterations or lambda\n"},
    {"the error of a plan's rows, in the report",
     "kdloss -l sinkhorn:lambda=.001,iterations=3 --report r t s >/dev/null; grep row_error r | tr -d ,: | "
     "cut "
     "-d ' ' -f 4",
     LOGITS, .numbers = "0.6053547788353", .tolerance = 1e-12},
    {"a plan of several batches, or of none", "kdloss -B 2 -l sinkhorn --plan p t s; kdloss --plan p t s",
     LOGITS, .status = 2,
     .error = "kdloss: --plan is of one batch, and there are several\nkdloss: --plan needs a term 'sinkhorn' "
              "with pairing=batch\n"},
    {"keys of sinkhorn out of range",
     "kdloss -l sinkhorn:lambda=0 t s; kdloss -l sinkhorn:iterations=0 t s; kdloss -l sinkhorn --partial t s",
     LOGITS, .status = 2,
     .error = "kdloss: sinkhorn: lambda must be > 0\nkdloss: sinkhorn: iterations "
              "must be at least 1 and at most 1e+09\nkdloss: --partial has no meaning for 'sinkhorn': its "
              "rows depend on each other\n"},
    {"a batch too large for one plan",
     "awk 'BEGIN { for (i = 0; i < 20001; i++) print i % 7, i % 3 }' >a; kdloss -l sinkhorn a a", .status = 1,
     .error = "kdloss: sinkhorn on one batch of 20001 rows needs 6 GiB; use --batch\n"},
    {"nd", OF_FEATURES("nd"), FEATURES, .tolerance = 6e-9,
     .numbers = "0.689873873346 0.551981283551 0.0116826439431 0.5 1.69583156589 -0.10262209 -0.04398089 "
                "-0.00586412 0.00649141 -0.00405713 0.00324571"},
    {"cosine", OF_FEATURES("cosine") "; kdloss -l cosine -y h --centers c --write-centers k f g; cat k",
     FEATURES, .tolerance = 6e-9,
     .numbers =
         "0.45424657244 0.022343009102 0.0116826439431 0.0871290708247 1.69583156589 0.00883572 -0.04941909 "
         "0.01048099 0.00649141 -0.00405713 0.00324571 0.45424657244 1.75 .75 .1 1 3 .5 0 1 2"},
    {"norm and hint", "kdloss -l norm f g; kdloss -l hint f g", FEATURES, .tolerance = 6e-12,
     .numbers = "1.84143424966 2.21166666667"},
    {"class means are computed and written", "kdloss -l nd -y h --write-centers k f g >/dev/null; cat k",
     FEATURES, .output = "c1,c2,c3\n1.75,0.75,0.1\n1,3,0.5\n0,1,2\n"},
    {"cka", "kdloss -l cka a b; kdloss -N -l cka --gradient-features a b | head -1",
     FILES({"a", "1,2\n2,0\n0,1\n3,1\n1,1\n2,3\n"}, {"b", "1,0,1\n2,1,0\n0,0,1\n2,2,1\n1,1,0\n1,3,2\n"}),
     .tolerance = 6e-9, .numbers = "0.231398114912 0.0242239 -0.13788406 -0.09418724"},
    {"features beside logits",
     "kdloss --terms -l ce:1 -l hint:2 -y y --teacher-features f --student-features g s",
     FILES(STUDENT, LABELS, {"f", "1,2\n2,0\n0,1\n"}, {"g", "1,1\n2,0\n0,1\n"}), .tolerance = 6e-12,
     .numbers = "1 0.954648874648 2 0.166666666667 1 1.287982207981"},
    {"features beside logits must be given", "kdloss -l kl -l nd -y y t s", LOGITS, .status = 2,
     .error = "kdloss: terms 'kl' and 'nd' together need --teacher-features and --student-features\n"},
    {"classes without features", "sed s/1/3/ h >h2; kdloss -l nd -y h2 f g", FEATURES, .status = 1,
     .error = "kdloss: class 1 has no rows in the teacher features; give --centers\n"},
    {"a class mean of zero", "echo 0,0,0 | cat - c >c2; kdloss -l nd -y h --centers c2 f g", FEATURES,
     .status = 1, .error = "kdloss: the centre of class 0 is zero\n"},
    {"features of another width", "kdloss -l hint f t; kdloss -l nd -y h --centers t f g",
     FILES({"f", "2,1,0\n"}, {"g", "2,1,0\n"}, {"h", "0\n"}, TEACHER), .status = 1,
     .error = "kdloss: t: 4 columns, but f has 3; map them first\nkdloss: t: 4 columns, but the features "
              "have 3\n"},
    {"a label without a centre", "kdloss -l nd -y y --centers c f g",
     FILES({"f", "2,1,0\n"}, {"g", "2,1,0\n"}, {"y", "3\n"}, {"c", "1,2,3\n3,2,1\n"}), .status = 1,
     .error = "kdloss: y:1: label 3 is not in 0..1\n"},
    {"constant features", "kdloss -l cka f g", FILES({"f", "2,1,0\n2,1,0\n"}, {"g", "2,1,0\n1,2,3\n"}),
     .status = 1, .error = "kdloss: cka: the teacher's features are constant in a batch\n"},
    {"cka has no rows", "kdloss -l cka --rows f g", FEATURES, .status = 2,
     .error = "kdloss: term 'cka' has no rows: --rows has no meaning\n"},
    {"options without use",
     "kdloss --gradient-features t s; kdloss --centers y t s; kdloss --gradient -l hint t s", LOGITS,
     .status = 2,
     .error = "kdloss: no term uses features\nkdloss: no term uses --centers\nkdloss: no term uses logits\n"},
    {"class means need two readings", "kdloss -l nd -y h - g <f", FEATURES, .status = 2,
     .error = "kdloss: standard input cannot be read twice: give --centers, or files\n"},
    {"ldr", ROBUST("ldr"), LABELLED, .tolerance = 6e-13,
     .numbers = "0.026687845710 -0.946104662559 0.850521181311 0.175647018377 -0.118695246704 0.078960939363 "
                "0.029048106247 0.010686201093"},
    {"ldr:lambda=.5,margin=1", ROBUST("ldr:lambda=.5,margin=1"), LABELLED, .tolerance = 6e-13,
     .numbers = "1.127188563305 -0.309564927907 2.312666613528 1.378464004295 -0.178557399170 0.154775934163 "
                "0.020946644888 0.002834820119"},
    {"ldr:lambda=0,margin=1", ROBUST("ldr:lambda=0,margin=1"), LABELLED, .tolerance = 6e-13,
     .numbers = "1.666666666667 0 3 2 0 0 0 0"},
    {"ldr:lambda=inf,margin=1", ROBUST("ldr:lambda=inf,margin=1"), LABELLED, .tolerance = 6e-13,
     .numbers = "0.125 -0.75 0.875 0.25 -0.25 0.083333333333 0.083333333333 0.083333333333"},
    {"ldr:lambda=.5,margin=.5,k=2", ROBUST("ldr:lambda=.5,margin=.5,k=2"), LABELLED, .tolerance = 6e-13,
     .numbers = "0.430092959155 -0.560840683155 1.118925110735 0.732194449886 -0.166666666667 0.144468888700 "
                "0.019551737971 0.002646039996"},
    {"ldr:lambda=0,margin=1,k=2", ROBUST("ldr:lambda=0,margin=1,k=2"), LABELLED, .tolerance = 6e-13,
     .numbers = "1.083333333333 0 1.75 1.5 -0.166666666667 0.166666666667 0 0"},
    {"ldr:margin=2,scores=l1", ROBUST("ldr:margin=2,scores=l1"), LABELLED, .tolerance = 6e-13,
     .numbers = "1.532409777749 0.240229013917 2.574408907177 1.782591412153 -0.172407774231 0.273537129818 "
                "0.065537311080 -0.071278418645"},
    {"ldr:margin=2,scores=softplus", ROBUST("ldr:margin=2,scores=softplus"), LABELLED, .tolerance = 6e-13,
     .numbers = "1.575519196234 0.697379339721 2.173712475477 1.855465773505 -0.168909178953 0.148703134783 "
                "0.073347607095 0.033541213331"},
    {"aldr", ROBUST("aldr"), LABELLED, .tolerance = 6e-13,
     .numbers = "0.094769486044 -0.899543303578 0.980276584454 0.203575177255 -0.091398769331 0.067394953576 "
                "0.018774001087 0.005229814669"},
    {"aldr:margin=1", ROBUST("aldr:margin=1"), LABELLED, .tolerance = 6e-13,
     .numbers = "0.866686030057 -0.459433150601 1.967436447907 1.092054792863 -0.197063515309 0.136269818025 "
                "0.045560789640 0.015232907644"},
    {"aldr:margin=1,steps=1", ROBUST("aldr:margin=1,steps=1"), LABELLED, .tolerance = 6e-13,
     .numbers = "0.855790449498 -0.459559197140 1.938455455002 1.088475090634 -0.197441984027 0.135891349306 "
                "0.045987698452 0.015562936270"},
    {"aldr with alpha near 1",
     "kdloss -l aldr:margin=1,alpha=1.2 -y y z; kdloss -N --rows -l aldr:margin=1,alpha=1.2 -y y z", LABELLED,
     PRINTED, .numbers = "0.977205372108 -0.451595220403 2.191328345416 1.191882991312"},
    {"temperatures of rows",
     "for k in margin=0 margin=1 margin=1,alpha=1.2 margin=1,steps=1; do kdloss --temperatures -l aldr:$k -y "
     "y z; done",
     LABELLED, PRINTED,
     .numbers = "0.782413136250 0.589806094473 0.844730063682 0.912750702471 0.536485289655 0.759585104986 "
                "0.837465164786 0.166669957652 0.183319909827 0.922950497155 0.714017804084 0.820113604228"},
    {"weights of classes", "kdloss --weights -l ldr:lambda=0,margin=1,k=2 -l ce -y y z", LABELLED,
     .output = "w1,w2,w3,w4\n0.5,0.5,0,0\n0,0.5,0,0.5\n0.5,0,0.5,0\n"},
    /* as the specification defines them, in numpy */
    {"margins between classes",
     ROBUST("ldr:lambda=.5,margins=m") "; kdloss -l ldr:margins=m,scores=softplus,k=2 -y y z", MARGINS,
     .relative_tolerance = 1e-13,
     .numbers =
         "0.5818326318372057 -0.3023112689912041 1.6210227600859375 0.42678640441688376 -0.18078657406899482 "
         "0.1525467592643385 0.0075948559327897016 0.02064495887186662 0.3077316137326212"},
    {"margins that do not fit", "for m in z w v n; do kdloss -l ldr:margins=$m -y y z; done", MARGINS,
     .status = 1,
     .error =
         "kdloss: z: 3 x 4 margins, but there are 4 classes\nkdloss: w: the margin of class 1 from itself "
         "is 3, not 0\nkdloss: v: the margin of class 0 from 1 is not finite\nkdloss: n: No such file or "
         "directory\n"},
    {"margins and a margin",
     "for k in margins=m,margin=1 margins= margins; do kdloss -l ldr:$k -y y z; done; kdloss -l "
     "ldr:margins=- -y y - <z",
     MARGINS, .status = 2,
     .error = "kdloss: ldr: margin and margins exclude each other\nkdloss: ldr: margins: expected a file\n"
              "kdloss: ldr: expected margins=VALUE\nkdloss: standard input cannot be two of the matrices\n"},
    {"losses of labels",
     "for l in cs ww gce gce:k=.3 rce class-mae class-mse nce sce; do kdloss -l $l -y y z; done", LABELLED,
     PRINTED,
     .numbers = "1.666666666667 0.541666666667 0.819603010457 0.668647154132 2.719412226270 1.359706113135 "
                "0.870486044930 0.170298381440 2.066197216550"},
    {"rll", "kdloss -l rll -y y z", FILES({"z", "0,0,0\n"}, {"y", "0\n"}), .output = "0\n"},
    {"scores that nothing scales", "kdloss -l ldr:scores=l1 -y y z",
     FILES({"z", "1,2\n0,0\n"}, {"y", "0\n1\n"}), .status = 1,
     .error = "kdloss: ldr: row 2: all scores are 0, 'l1' cannot scale them\n"},
    {"more labels at the cap than there are", "kdloss -l ldr:k=5 -y y z", LABELLED, .status = 1,
     .error = "kdloss: ldr: k is 5, but there are 4 classes\n"},
    {"keys of robust losses",
     "for k in aldr:alpha=1 ldr:lambda=-1 ldr:k=0 aldr:lambda=0; do kdloss -l $k -y y z; done; kdloss "
     "--weights t z; kdloss --temperatures -l ldr -y y z",
     LABELLED, .status = 2,
     .error = "kdloss: aldr: alpha must be > 1\nkdloss: ldr: lambda must be >= 0\nkdloss: ldr: k must be at "
              "least 1 and at most 1e+15\nkdloss: aldr: lambda must be > 0\nkdloss: --weights needs one term "
              "'ldr' or 'aldr'\nkdloss: --temperatures needs one term 'aldr'\n"},
    {"bdkd",
     "for k in '' :temperature=4 :emphasis=3 :gate=soft,slope=5; do kdloss -l bdkd$k t2 s2; done; kdloss -l "
     "bdkd "
     "--rows t2 s2; kdloss -l bdkd --gradient t2 s2 | sed -n 3p",
     FILES({"t2", "2,1,0,-1\n0,1,.5,0\n1,1,2,-2\n"}, {"s2", "1,.5,0,0\n3,1,0,0\n0,0,1,1\n"}),
     .tolerance = 6e-9,
     .numbers =
         "2.0147639 2.59052315458 2.75660622917 1.96752122704 0.520664229129 3.0856277162 2.43799975466 "
         "0.594624192298 -0.299568945112 -0.184849991066 -0.11020525612"},
    {"bdkd without emphasis is kl and rkl", TOTAL("bdkd:emphasis=1,gate=soft"), LOGITS, PRINTED,
     .numbers = "0.980042400517"},

    {"terms add up", "kdloss --terms -l ce:0.1 -l kl:weight=0.9,temperature=4 -y y t s | tee terms | head -3",
     LOGITS, .tolerance = 6e-13, .numbers = "0.1 0.954648874648 0.9 0.678464446112"},
    {"to the total",
     "kdloss --terms -l ce:0.1 -l kl:.9 -y y t s | awk -F, '$1 == \"total\" { exit } { s += $2 * "
     "$3 } "
     "END { print (s - $3) ^ 2 < 1e-28, $2 }'",
     LOGITS, .output = "1 1\n"},
    {"rows of several terms have a column each", "kdloss --rows -l tv -l ce:0 --digits 4 -y y t s", LOGITS,
     .output = "loss,tv,ce\n0.217,0.217,0.8511\n0.4442,0.4442,1.006\n0.3551,0.3551,1.006\n"},
    {"a term warms up", "for e in 1 5 9; do kdloss -l kl:warmup=5,weight=2 --epoch $e --epochs 9 t s; done",
     LOGITS, PRINTED, .numbers = "0.1370899720786 0.6854498603929 0.6854498603929"},
    {"one operand is enough without a teacher", "kdloss -l ce -y y s; kdloss -l ce -y y - <s", LOGITS,
     PRINTED, .numbers = "0.954648874648 0.954648874648"},
    {"the teacher may come from a pipe", "kdloss s <t; kdloss - s <t", LOGITS, PRINTED,
     .numbers = "0.342724930196 0.342724930196"},
    {"probabilities and logarithms are logits as well",
     "kdloss --probs p q; kdloss --log-probs lp lq; kldiv --mean p q",
     FILES({"p", "0,.5,.5\n.2,.3,.5\n"}, {"q", ".25,.25,.5\n.1,.4,.5\n"},
           {"lp", "-inf,-0.6931471805599453,-0.6931471805599453\n-1.6094379124341003,-1.2039728043259361,"
                  "-0.6931471805599453\n"},
           {"lq", "-1.3862943611198906,-1.3862943611198906,-0.6931471805599453\n-2.3025850929940455,"
                  "-0.916290731874155,-0.6931471805599453\n"}),
     .numbers = "0.199449202 0.199449202 0.199449202", .tolerance = 6e-10},
    {"a class the teacher rules out is infinitely far from the student's",
     "kdloss -l kl p q; kdloss -l rkl p q; kdloss --gradient -l rkl p q",
     FILES({"p", "0,-inf\n"}, {"q", "0,0\n"}), .output = "0.6931471805599453\ninf\n", .status = 1,
     .error = "kdloss: the loss 'rkl' is not finite: it has no gradient\n"},
    {"logits that only a logarithm can hold", "kdloss p q; kdloss -l dkd -y y p q",
     FILES({"p", "0,1000\n"}, {"q", "1000,0\n"}, {"y", "0\n"}), .output = "1000\n1000\n"},
    {"a derivative does not depend on what tells the number of rows, nor on threads",
     "awk 'BEGIN { srand(3); for (i = 0; i < 30000; i++) print rand(), rand(), rand() * 3 }' >a; awk 'BEGIN "
     "{ "
     "srand(4); for (i = 0; i < 30000; i++) print rand(), rand(), rand() }' >b; matcat -b a -o a.npy; matcat "
     "-b b "
     "-o b.npy; kdloss -t 1 --gradient a b >one; kdloss -t 3 --gradient a.npy b.npy | cmp - one; "
     "kdloss -t 1 a b >one; kdloss -t 3 -B 7 a.npy b.npy | cmp - one; kdloss a b >one; kldiv --logits --mean "
     "a b | paste -d ' ' - one | awk '{ print ($1 - $2) ^ 2 < 1e-28 }'",
     .output = "1\n"},
    {"parts merge to the whole",
     "matcat -b t -o t.npy; matcat -b s -o s.npy; matcat -b --no-header y -o y.npy; for i in 1 2; do kdloss "
     "-l "
     "ofa -y y.npy --partial --shard $i/2 t.npy s.npy -o p$i; done; klmerge p1 p2 >m; kdloss -l ofa -y y t s "
     "| cmp - m",
     LOGITS},
    {"other files of wider matrices", "kdloss s3 t", FILES({"s3", "1,2,3\n"}, TEACHER), .status = 1,
     .error = "kdloss: t: 4 columns, but s3 has 3\n"},
    {"fewer rows", "kdloss t s1; kdloss s1 t", FILES(TEACHER, {"s1", "1,2,3,4\n"}), .status = 1,
     .error = "kdloss: s1: 1 row, but t has 3\nkdloss: t: 3 rows, but s1 has 1\n"},
    {"fewer labels", "kdloss -l ce -y y1 s", FILES(STUDENT, {"y1", "0\n1\n"}), .status = 1,
     .error = "kdloss: y1: 2 rows, but s has 3\n"},
    {"labels out of range", "for l in 4 -1 1.5 nan; do echo $l >y; kdloss -l ce -y y s; done",
     FILES({"s", "1,2,3,4\n"}), .status = 1,
     .error =
         "kdloss: y:1: label 4 is not in 0..3\nkdloss: y:1: label -1 is not in 0..3\nkdloss: y:1: label 1.5 "
         "is not in 0..3\nkdloss: y:1: field 1: the value is missing\n"},
    {"labels of two columns", "kdloss -l ce -y s s", FILES(STUDENT), .status = 1,
     .error = "kdloss: s has 4 columns; labels are one\n"},
    {"no labels", "kdloss -l ofa t s", LOGITS, .status = 2, .error = "kdloss: term 'ofa' needs --labels\n"},
    {"no operand where two are needed", "kdloss <t", LOGITS, .status = 2,
     .error = "kdloss: an operand is missing (usage: kdloss [options] [[TEACHER] STUDENT])\n"},
    {"standard input is one matrix", "kdloss -l ce -y - - <s", LOGITS, .status = 2,
     .error = "kdloss: standard input cannot be two of the matrices\n"},
    {"an unknown term", "kdloss -l kll t s 2>&1 | sed 's/ce, kl, .*)/.../'", LOGITS,
     .output = "kdloss: unknown loss 'kll' (...; did you mean 'kl'?\n"},
    {"an unknown key", "kdloss -l ofa:gama=2 t s", LOGITS, .status = 2,
     .error = "kdloss: term 'ofa' has no key 'gama' (weight, temperature, warmup, gamma, scope)\n"},
    {"keys out of range",
     "for k in ofa:gamma=0 bdkd:emphasis=.5 ce:smoothing=2 kl-top:k=1.5 kl:temperature=0 ofa:scope=some "
     "kl:weight= "
     "kl:weight kl:temperature=nan; do kdloss -l $k -y y t s; done",
     LOGITS, .status = 2,
     .error =
         "kdloss: ofa: gamma must be > 0\nkdloss: bdkd: emphasis must be >= 1\nkdloss: ce: smoothing must be "
         "at "
         "least 0 and at most 1\nkdloss: kl-top: k: expected a whole number, got '1.5'\nkdloss: kl: "
         "temperature "
         "must be > 0\nkdloss: ofa: scope: expected target or all, got 'some'\nkdloss: kl: weight: expected "
         "a "
         "number, got ''\nkdloss: kl: expected weight=VALUE\nkdloss: kl: temperature: expected a number, got "
         "'nan'\n"},
    {"a temperature of zero", "kdloss -T 0 t s", LOGITS, .status = 2,
     .error = "kdloss: --temperature must be > 0\n"},
    {"logits that are none", "kdloss p q; kdloss q p; kdloss r q; kdloss q n",
     FILES({"p", "1,inf\n"}, {"q", "1,2\n"}, {"r", "-inf,-inf\n"}, {"n", "1,nan\n"}), .status = 1,
     .error =
         "kdloss: p:1: field 2: expected a finite logit, got 'inf'\nkdloss: p:1: field 2: expected a finite "
         "logit, got 'inf'\nkdloss: r:1: no logit is above -inf\nkdloss: n:1: field 2: the value is "
         "missing\n"},
    {"a student without probability", "kdloss --probs q p", FILES({"p", "1,0\n"}, {"q", ".5,.5\n"}),
     .status = 1, .error = "kdloss: p:1: field 2: expected a student's probability above 0, got '0'\n"},
    {"results exclude each other", "kdloss --rows --terms t s", LOGITS, .status = 2,
     .error = "kdloss: --rows, --terms, --gradient, --gradient-features, --weights, --temperatures and "
              "--partial exclude one another\n"},
    {"an epoch too many", "kdloss --epoch 3 --epochs 2 t s", LOGITS, .status = 2,
     .error = "kdloss: --epoch 3 is beyond the last of 2\n"},
    {"text parts lose their partners", "kdloss --partial --shard 1/2 t s", LOGITS, .status = 2,
     .error = "kdloss: --shard cuts t by bytes, so that its rows lose their partners: convert it with matcat "
              "-b\n"},
};

int main(void) {
    return filter_cases_run(cases, sizeof cases / sizeof *cases);
}
