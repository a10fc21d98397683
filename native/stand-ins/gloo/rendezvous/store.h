// See ../context.h. c10d derives a class of this one inside its header; the bridge makes none.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace gloo {
namespace rendezvous {

class Store {
 public:
  using Bytes = std::vector<char>;
  static constexpr std::chrono::milliseconds kDefaultTimeout{30000};

  virtual ~Store();
  virtual void set(const std::string& key, const Bytes& value);
  virtual Bytes get(const std::string& key);
  virtual void wait(const std::vector<std::string>& keys);
  virtual void wait(const std::vector<std::string>& keys, const std::chrono::milliseconds& timeout);
  virtual bool has_v2_support();
  virtual std::vector<Bytes> multi_get(const std::vector<std::string>& keys);
  virtual void multi_set(const std::vector<std::string>& keys, const std::vector<Bytes>& values);
  virtual void append(const std::string& key, const Bytes& value);
  virtual std::int64_t add(const std::string& key, std::int64_t value);
};

}  // namespace rendezvous
}  // namespace gloo
