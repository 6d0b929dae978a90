#pragma once
// The output of encoders: an outbound message's blocks, a fixed buffer, or a counter.

#include <kedge/language.hpp>

#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

namespace kedge {

/// Accepts bytes in order. After a sink is full it stays failed, so an encoder need not check each call.
class Sink {
 public:
  /// Returns false if not all of `bytes` fits; then the sink accepts nothing more.
  virtual bool write(std::span<const std::byte> bytes) noexcept = 0;
  bool write(std::string_view text) noexcept {
    return write(std::as_bytes(std::span(text.data(), text.size())));
  }

 protected:
  ~Sink() = default;
};

/// Writes into the caller's buffer, which it borrows.
class BufferSink final : public Sink {
 public:
  explicit BufferSink(std::span<std::byte> buffer) noexcept : buffer_(buffer) {}
  explicit BufferSink(std::span<char> buffer) noexcept : buffer_(std::as_writable_bytes(buffer)) {}
  using Sink::write;
  bool write(std::span<const std::byte> bytes) noexcept override {
    if (failed_ || bytes.size() > buffer_.size() - size_) {
      failed_ = true;
      return false;
    }
    if (!bytes.empty()) std::memcpy(buffer_.data() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
    return true;
  }
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return buffer_.first(size_); }
  [[nodiscard]] std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(buffer_.data()), size_};
  }

 private:
  std::span<std::byte> buffer_;
  std::size_t size_ = 0;
  bool failed_ = false;
};

}  // namespace kedge
