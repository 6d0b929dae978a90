#include "side.hpp"

#include <CLI/CLI.hpp>

namespace kedge::hub::toy {

void ToySide::add_options(CLI::App& app) {
  app.add_flag("--toy", on_, "Speak the toy's protocol too");
}

}  // namespace kedge::hub::toy
