/* The least that a program can take. */

int main(void) {
    return 0;
}
