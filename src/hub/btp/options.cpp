// The options of BTP's side.

#include "side.hpp"

#include <CLI/CLI.hpp>

namespace kedge::hub::btp {

void ConnectorSide::add_options(CLI::App& app) {
  const CLI::Validator path(
      [](const std::string& text) {
        return is_path(text) ? std::string() : "must begin with /, or be *: " + text;
      },
      "PATH");
  CLI::Option* btp = app.add_option("--btp", given_.file, "BTP file (JSON): what becomes of packets");
  app.add_option("--btp-peers", given_.peers_file, "Peers file (JSON): the token of each peer")->needs(btp);
  app.add_option("--btp-listen", given_.listen,
                 "Where peers connect, and nobody else: ADDR:PORT [where agents do]")
      ->needs(btp);
  app.add_option("--btp-path", given_.crosstown_path, "Where crosstown is spoken; *: any path left [/btp]")
      ->check(path)
      ->needs(btp);
  app.add_option("--btp2-path", given_.btp2_path, "Where BTP/2.0 is spoken; *: any path left [/btp2]")
      ->check(path)
      ->needs(btp);
}

std::string_view ConnectorSide::help() const noexcept {
  return "--btp turns the BTP side on: the crosstown dialect at /btp, BTP/2.0 at /btp2; packets are\n"
         "answered by the routes of the file. Its peers' tokens come from --btp-peers, a JSON object such "
         "as\n"
         "    {\"alice\":\"TOKEN\",\"*\":\"TOKEN\"}    (* is for all others)\n"
         "or from the environment variable KEDGE_HUB_BTP_TOKEN, one for all. Where the agents' token is "
         "missing\n"
         "then, and every option of theirs, there is no side for them.\n";
}

}  // namespace kedge::hub::btp
