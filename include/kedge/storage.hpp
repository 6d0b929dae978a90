#pragma once
#include <kedge/limits.hpp>
