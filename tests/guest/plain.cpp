// Static constructors and mangled names.
extern "C" {
#include "guest.h"
}
namespace shapes {
struct Counter {
    int n;
    explicit Counter(int start) : n(start) {}
    __attribute__((noinline)) int add(int k, const char *) { for (int i = 0; i < k; i++) n += i; return n; }
};
template <typename T> __attribute__((noinline)) T twice(T v) { __asm__ volatile("" : "+r"(v)); return v + v; }
}
static volatile int start = 5;
static shapes::Counter counter(start);
extern "C" __attribute__((noinline)) int _RNvCs1234_7mycrate3foo(int v) { __asm__ volatile("" : "+r"(v)); return v * 3; }

int main()
{
    say_number("sum ", (uint32_t)(counter.add(100, "") + shapes::twice(3) + _RNvCs1234_7mycrate3foo(7)), 10);
    return 0;
}
