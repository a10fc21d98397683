// Several processes: c10d's Gloo process group over a TCPStore. FOVEA_GLOO says that this libtorch has it.
#include "internal.h"

#if defined(FOVEA_GLOO)

#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

using fovea::borrow;
using fovea::guarded;

namespace {

using c10d::ProcessGroupGloo;

struct Group {
  c10::intrusive_ptr<c10d::Store> store;  // rank 0 may be its server, so it lives as long as the group
  c10::intrusive_ptr<ProcessGroupGloo> gloo;
};

std::shared_ptr<::gloo::transport::Device> device_for(const std::string& address, bool is_interface) {
  if (address.empty()) return ProcessGroupGloo::createDefaultDevice();
  return is_interface ? ProcessGroupGloo::createDeviceForInterface(address) : ProcessGroupGloo::createDeviceForHostname(address);
}

// Since libtorch 2.2 a store is served through libuv unless told otherwise, also where libtorch was built without it, as Debian's is.
template <typename Options>
auto serve_without_libuv(Options& where, int) -> decltype(where.useLibUV, void()) {
  where.useLibUV = false;
}
template <typename Options>
void serve_without_libuv(Options&, long) {}

ProcessGroupGloo& gloo_of(fv_group group) { return *static_cast<Group*>(group)->gloo; }

}  // namespace

int fv_group_create(const char* host, int port, int serves, const char* prefix, int rank, int size, int64_t timeout_ms,
                    const char* address, int is_interface, fv_group* group) {
  return guarded([&] {
    std::chrono::milliseconds timeout(timeout_ms);
    c10d::TCPStoreOptions where;
    where.port = static_cast<std::uint16_t>(port);
    where.isServer = serves != 0;
    where.waitWorkers = false;  // Gloo's own rendezvous waits, and other clients than these may use the store
    where.timeout = timeout;
    serve_without_libuv(where, 0);
    auto made = std::make_unique<Group>();
    made->store = c10::make_intrusive<c10d::PrefixStore>(prefix, c10::make_intrusive<c10d::TCPStore>(host, where));
    made->store->setTimeout(timeout);
    auto options = ProcessGroupGloo::Options::create(timeout);
    options->devices.push_back(device_for(address, is_interface != 0));
    made->gloo = c10::make_intrusive<ProcessGroupGloo>(made->store, rank, size, options);
    made->gloo->barrier()->wait();  // the first that is connected may leave at once, before the last one is
    *group = made.release();
  });
}

void fv_group_free(fv_group group) {
  guarded([&] { delete static_cast<Group*>(group); });
}

int fv_group_all_reduce(fv_group group, fv_tensor tensor) {
  return guarded([&] {
    std::vector<at::Tensor> tensors{borrow(tensor)};
    gloo_of(group).allreduce(tensors)->wait();
  });
}

int fv_group_broadcast(fv_group group, fv_tensor tensor, int root) {
  return guarded([&] {
    std::vector<at::Tensor> tensors{borrow(tensor)};
    c10d::BroadcastOptions options;
    options.rootRank = root;
    gloo_of(group).broadcast(tensors, options)->wait();
  });
}

int fv_group_barrier(fv_group group) {
  return guarded([&] { gloo_of(group).barrier()->wait(); });
}

#else

namespace {

int missing() {
  fovea::set_error(
      "this libtorch was built without process groups (c10d with Gloo), so several processes cannot work together: name "
      "another one with --libtorch or LIBTORCH; Debian's and PyTorch's own for Linux have them");
  return 1;
}

}  // namespace

int fv_group_create(const char*, int, int, const char*, int, int, int64_t, const char*, int, fv_group*) { return missing(); }
void fv_group_free(fv_group) {}
int fv_group_all_reduce(fv_group, fv_tensor) { return missing(); }
int fv_group_broadcast(fv_group, fv_tensor, int) { return missing(); }
int fv_group_barrier(fv_group) { return missing(); }

#endif
