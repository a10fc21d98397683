// The process: errors, version, threads, CUDA.
#include "internal.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/version.h>

#include <climits>
#include <cstdlib>
#include <dlfcn.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace {

thread_local std::string last_error;

// glibc gives every block of 32 MB and more back to the kernel at once, and a network's maps are larger: each would be mapped,
// zeroed and paged in again at every step, which took an eighth of a training step. Keeping them in the heap reuses the pages.
void keep_large_blocks() {
#ifdef __GLIBC__
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
#endif
}

// libtorch keeps the plans of convolutions for each thread, and oneDNN 2.6 the kernels made of them for all threads. A plan whose kernel has
// been thrown out, as happens where many threads or many sizes of pictures come together, points to memory that is gone: the next kernel made
// of it is wrong. Keeping only the last plan leaves none that old, and making one anew takes microseconds.
void forget_plans() {
#if TORCH_VERSION_MAJOR < 2
  setenv("LRU_CACHE_CAPACITY", "1", 0);
#endif
}

}  // namespace

void fovea::set_error(const std::string& text) { last_error = text; }

const char* fv_last_error() { return last_error.c_str(); }

const char* fv_version() { return TORCH_VERSION; }

int fv_initialise(int threads, int interop_threads) {
  return fovea::guarded([&] {
    keep_large_blocks();
    forget_plans();
    // Opening the library registers its kernels with the dispatcher; a machine without it runs on the CPU.
    dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL);
    at::set_num_threads(threads);
    // libtorch allows this once in a process, and throws where work has already been done in another pool.
    try {
      at::set_num_interop_threads(interop_threads);
    } catch (const c10::Error&) {
    }
  });
}

int fv_thread_count(int* threads) {
  return fovea::guarded([&] { *threads = at::get_num_threads(); });
}

int fv_cuda(int* available, int* devices) {
  return fovea::guarded([&] {
    *available = at::hasCUDA() ? 1 : 0;
    *devices = *available ? c10::impl::getDeviceGuardImpl(c10::DeviceType::CUDA)->deviceCount() : 0;
  });
}

int fv_synchronise(int64_t device_index) {
  return fovea::guarded([&] {
    if (!at::hasCUDA()) return;
    auto index = static_cast<c10::DeviceIndex>(device_index);
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 6)
    c10::impl::getDeviceGuardImpl(c10::DeviceType::CUDA)->synchronizeDevice(index);
#else
    at::detail::getCUDAHooks().deviceSynchronize(index);
#endif
  });
}

int fv_set_cuda_arithmetic(int tensor_float_32, int search) {
  return fovea::guarded([&] {
    at::globalContext().setAllowTF32CuDNN(tensor_float_32 != 0);
    at::globalContext().setAllowTF32CuBLAS(tensor_float_32 != 0);
    at::globalContext().setBenchmarkCuDNN(search != 0);
  });
}

int fv_quantized_engines(int* engines, int capacity, int* count) {
  return fovea::guarded([&] {
    const auto& supported = at::globalContext().supportedQEngines();
    *count = static_cast<int>(supported.size());
    for (int i = 0; i < *count && i < capacity; ++i) engines[i] = static_cast<int>(supported[i]);
  });
}

int fv_set_quantized_engine(int engine) {
  return fovea::guarded([&] { at::globalContext().setQEngine(static_cast<at::QEngine>(engine)); });
}

void fv_free(void* memory) { std::free(memory); }
