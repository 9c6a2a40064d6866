/* Standard output line by line in every test program, so that in a log each failure stands under the test it
 * belongs to, and a crash loses nothing. */

#include <stdio.h>

__attribute__((constructor)) static void set_line_buffering(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
}
