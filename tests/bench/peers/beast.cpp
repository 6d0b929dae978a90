// Boost.Beast, asynchronous, with its defaults: a write for each message, as it allows only one at a time.
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include "../bench.h"

namespace net = boost::asio;
namespace beast = boost::beast;
using tcp = net::ip::tcp;

namespace {

class Client {
 public:
  explicit Client(net::io_context& context) : context_(context), line_(context) {}

  void open() {
    line_.next_layer().connect(
        tcp::endpoint(net::ip::make_address("127.0.0.1"), static_cast<unsigned short>(B.port)));
    line_.next_layer().set_option(tcp::no_delay(true));
    line_.binary(B.bin != 0);
    line_.handshake("127.0.0.1", "/");
    to_send_ = bench_ready();
    write();
    read();
  }

 private:
  void write() {
    if (writing_ || to_send_ == 0) return;
    writing_ = true;
    --to_send_;
    line_.async_write(net::buffer(B.payload, B.size), [this](beast::error_code error, std::size_t) {
      if (error) fail(error);
      writing_ = false;
      write();
    });
  }
  void read() {
    line_.async_read(buffer_, [this](beast::error_code error, std::size_t size) {
      if (B.done) return;
      if (error) fail(error);
      to_send_ += bench_on_msg(buffer_.data().data(), size);
      buffer_.consume(buffer_.size());
      if (B.done) return context_.stop();
      write();
      read();
    });
  }
  [[noreturn]] static void fail(beast::error_code error) {
    std::fprintf(stderr, "beast: %s\n", error.message().c_str());
    std::exit(4);
  }

  net::io_context& context_;
  beast::websocket::stream<tcp::socket> line_;
  beast::flat_buffer buffer_;
  int to_send_ = 0;
  bool writing_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  bench_init(argc, argv);
  net::io_context context(1);
  bench_pre_connect();
  Client client(context);
  client.open();
  context.run();
  return 0;
}
