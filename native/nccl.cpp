// NCCL: sums and copies between the memories of CUDA devices, beside a group of processes. libtorch's CUDA builds bring the library but not
// its header, so what is called is declared here: a C interface that has been the same since NCCL 2.4 of 2019.
#include "internal.h"

#include <c10/core/DeviceGuard.h>
#include <c10/core/Stream.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>

#include <chrono>
#include <cstring>
#include <dlfcn.h>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>

using fovea::borrow;
using fovea::guarded;

namespace {

constexpr int kSuccess = 0, kInProgress = 7;  // of ncclResult_t
constexpr int kSum = 0;                       // of ncclRedOp_t

struct UniqueId {
  char bytes[FV_NCCL_ID_SIZE];
};

struct Nccl {
  int (*get_unique_id)(UniqueId* id);
  int (*init_rank)(void** comm, int size, UniqueId id, int rank);
  int (*all_reduce)(const void* from, void* to, std::size_t count, int type, int operation, void* comm, void* stream);
  int (*broadcast)(const void* from, void* to, std::size_t count, int type, int root, void* comm, void* stream);
  int (*async_error)(void* comm, int* state);
  int (*abort)(void* comm);
  const char* (*error_string)(int result);
};

template <typename Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

// In what libtorch_cuda.so needs, or, where that has NCCL inside itself and hidden, in a library of the system's.
const Nccl* nccl() {
  static Nccl functions;
  static const bool found = [] {
    for (const char* name : {"libtorch_cuda.so", "libnccl.so.2"}) {
      void* library = dlopen(name, RTLD_NOW);
      if (library != nullptr && find(library, "ncclGetUniqueId", functions.get_unique_id) &&
          find(library, "ncclCommInitRank", functions.init_rank) && find(library, "ncclAllReduce", functions.all_reduce) &&
          find(library, "ncclBroadcast", functions.broadcast) && find(library, "ncclCommGetAsyncError", functions.async_error) &&
          find(library, "ncclCommAbort", functions.abort) && find(library, "ncclGetErrorString", functions.error_string))
        return true;
    }
    return false;
  }();
  return found ? &functions : nullptr;
}

void check(int result) {
  if (result != kSuccess && result != kInProgress) throw std::runtime_error(std::string("NCCL: ") + nccl()->error_string(result));
}

int type_of(const at::Tensor& tensor) {  // ncclDataType_t
  switch (tensor.scalar_type()) {
    case at::kChar: return 0;
    case at::kByte: return 1;
    case at::kInt: return 2;
    case at::kLong: return 4;
    case at::kHalf: return 6;
    case at::kFloat: return 7;
    case at::kDouble: return 8;
    case at::kBFloat16: return 9;
    default: throw std::runtime_error(std::string("NCCL has no type for tensors of ") + c10::toString(tensor.scalar_type()));
  }
}

struct Link {
  void* comm;
  c10::Device device;
  std::chrono::milliseconds timeout;
};

[[noreturn]] void give_up(Link& link, const std::string& why) {
  nccl()->abort(link.comm);  // also ends what runs on the device
  link.comm = nullptr;
  throw std::runtime_error("NCCL: " + why);
}

// Starts an exchange on the device's default stream, which is where libtorch computes, and waits for its end: a process that is
// gone would keep the device waiting for ever.
template <typename Start>
void exchange(fv_nccl handle, fv_tensor tensor_handle, Start&& start) {
  auto& link = *static_cast<Link*>(handle);
  at::Tensor tensor = borrow(tensor_handle);
  if (link.comm == nullptr) throw std::runtime_error("NCCL: an exchange failed before, and none is possible after that");
  if (tensor.device() != link.device || !tensor.is_contiguous())
    throw std::runtime_error("NCCL: a contiguous tensor on " + link.device.str() + " was expected, but it is on " + tensor.device().str());
  c10::DeviceGuard guard(link.device);
  const auto* devices = c10::impl::getDeviceGuardImpl(c10::DeviceType::CUDA);
  c10::Stream stream(c10::Stream::DEFAULT, link.device);
  check(start(link.comm, tensor.data_ptr(), static_cast<std::size_t>(tensor.numel()), type_of(tensor)));
  auto end = std::chrono::steady_clock::now() + link.timeout;
  while (!devices->queryStream(stream)) {
    int state = kSuccess;
    check(nccl()->async_error(link.comm, &state));
    if (state != kSuccess && state != kInProgress) give_up(link, nccl()->error_string(state));
    if (std::chrono::steady_clock::now() > end) give_up(link, "the other devices did not answer in time");
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
}

}  // namespace

int fv_nccl_find(int* found) {
  return guarded([&] { *found = nccl() != nullptr ? 1 : 0; });
}

int fv_nccl_id(uint8_t* id) {
  return guarded([&] {
    UniqueId made;
    check(nccl()->get_unique_id(&made));
    std::memcpy(id, made.bytes, sizeof(made.bytes));
  });
}

int fv_nccl_create(const uint8_t* id, int rank, int size, int device_index, int64_t timeout_ms, fv_nccl* link) {
  return guarded([&] {
    c10::Device device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(device_index));
    std::chrono::milliseconds timeout(timeout_ms);
    UniqueId given;
    std::memcpy(given.bytes, id, sizeof(given.bytes));
    // It may wait for ever for a process that is gone: then its thread is left behind.
    auto joined = std::make_shared<std::promise<void*>>();
    std::future<void*> comm = joined->get_future();
    std::thread([=] {
      try {
        c10::DeviceGuard guard(device);
        void* made = nullptr;
        check(nccl()->init_rank(&made, size, given, rank));
        joined->set_value(made);
      } catch (...) {
        joined->set_exception(std::current_exception());
      }
    }).detach();
    if (comm.wait_for(timeout) != std::future_status::ready) throw std::runtime_error("NCCL: the other devices did not come in time");
    *link = new Link{comm.get(), device, timeout};
  });
}

void fv_nccl_free(fv_nccl link) {
  guarded([&] {
    auto* owned = static_cast<Link*>(link);
    if (owned->comm != nullptr) nccl()->abort(owned->comm);
    delete owned;
  });
}

int fv_nccl_all_reduce(fv_nccl link, fv_tensor tensor) {
  return guarded([&] {
    exchange(link, tensor, [](void* comm, void* data, std::size_t count, int type) {
      return nccl()->all_reduce(data, data, count, type, kSum, comm, nullptr);
    });
  });
}

int fv_nccl_broadcast(fv_nccl link, fv_tensor tensor, int root) {
  return guarded([&] {
    exchange(link, tensor, [root](void* comm, void* data, std::size_t count, int type) {
      return nccl()->broadcast(data, data, count, type, root, comm, nullptr);
    });
  });
}
