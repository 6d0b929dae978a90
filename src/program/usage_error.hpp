#pragma once
// What a program says about a command line it does not understand.

#include <string>

namespace CLI {
class App;
class Error;
}  // namespace CLI

namespace kedge::program {

/// For `CLI::App::failure_message` of the program's own App: the program's name, what is wrong, and where
/// help is. An option that there is not is named, with the one that was meant if one is near, and so is a
/// word where a command is expected. Any other argument, and an option's value, is not repeated: it may be a
/// token.
std::string usage_error(const CLI::App* app, const CLI::Error& error);

}  // namespace kedge::program
