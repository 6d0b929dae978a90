#pragma once
// kedge is C++20, and says so where it is compiled as something older.

#if __cplusplus <= 201703L
#error "kedge needs C++20: compile with -std=c++20"
#include <kedge/needs-c++20>  // ends the compilation here, where hundreds of errors would follow
#endif
