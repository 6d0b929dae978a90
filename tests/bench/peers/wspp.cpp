// websocketpp on Asio, with its defaults.
#include <websocketpp/client.hpp>
#include <websocketpp/config/asio_no_tls_client.hpp>

#include "../bench.h"

using Client = websocketpp::client<websocketpp::config::asio_client>;

int main(int argc, char** argv) {
  bench_init(argc, argv);
  Client client;
  client.clear_access_channels(websocketpp::log::alevel::all);
  client.clear_error_channels(websocketpp::log::elevel::all);
  client.init_asio();
  const auto opcode = B.bin ? websocketpp::frame::opcode::binary : websocketpp::frame::opcode::text;
  const auto send = [&](websocketpp::connection_hdl line) { client.send(line, B.payload, B.size, opcode); };

  client.set_tcp_post_init_handler([&](websocketpp::connection_hdl line) {
    client.get_con_from_hdl(line)->get_raw_socket().set_option(
        websocketpp::lib::asio::ip::tcp::no_delay(true));
  });
  client.set_open_handler([&](websocketpp::connection_hdl line) {
    for (int i = bench_ready(); i > 0; --i) send(line);
  });
  client.set_fail_handler([&](websocketpp::connection_hdl line) {
    std::fprintf(stderr, "wspp: %s\n", client.get_con_from_hdl(line)->get_ec().message().c_str());
    std::exit(4);
  });
  client.set_message_handler([&](websocketpp::connection_hdl line, Client::message_ptr message) {
    if (B.done) return;
    if (bench_on_msg(message->get_payload().data(), message->get_payload().size())) send(line);
    if (B.done) client.stop();
  });

  bench_pre_connect();
  websocketpp::lib::error_code error;
  const auto line = client.get_connection("ws://127.0.0.1:" + std::to_string(B.port) + "/", error);
  if (error) return 4;
  client.connect(line);
  client.run();
  return 0;
}
