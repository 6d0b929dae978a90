#pragma once
// JSON goes here when its length is not known before it is written.

#include <kedge/sink.hpp>

#include <new>
#include <span>
#include <string>
#include <utility>

namespace kedge::program {

/// A writer may not throw, so memory that runs out while it writes is told by what takes the text: with
/// std::bad_alloc, never with half a text.
class StringSink final : public Sink {
 public:
  using Sink::write;
  bool write(std::span<const std::byte> bytes) noexcept override {
    try {
      text_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    } catch (const std::exception&) {
      failed_ = true;
    }
    return !failed_;
  }
  [[nodiscard]] const std::string& text() const {
    if (failed_) throw std::bad_alloc();
    return text_;
  }
  [[nodiscard]] std::string take() {
    (void)text();
    return std::move(text_);
  }

 private:
  std::string text_;
  bool failed_ = false;
};

}  // namespace kedge::program
