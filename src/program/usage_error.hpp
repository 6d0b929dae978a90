#pragma once
// What a program says about a command line it does not understand.

#include <string>

namespace CLI {
class App;
class Error;
}  // namespace CLI

namespace kedge::program {

/// For `CLI::App::failure_message` of the program's own App: the program's name, what is wrong, and where
/// help is. An argument that no option expects is not repeated, only the names of unknown options: it may be
/// a token.
std::string usage_error(const CLI::App* app, const CLI::Error& error);

}  // namespace kedge::program
