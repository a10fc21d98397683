// The process: errors, version, threads, CUDA.
#include "internal.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <torch/version.h>

#include <cstdlib>
#include <dlfcn.h>

namespace {
thread_local std::string last_error;
}

void fovea::set_error(const std::string& text) { last_error = text; }

const char* fv_last_error() { return last_error.c_str(); }

const char* fv_version() { return TORCH_VERSION; }

int fv_initialise(int threads, int interop_threads) {
  return fovea::guarded([&] {
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
    *devices = *available ? at::detail::getCUDAHooks().getNumGPUs() : 0;
  });
}

int fv_synchronise(int64_t device_index) {
  return fovea::guarded([&] {
    if (at::hasCUDA()) at::detail::getCUDAHooks().deviceSynchronize(device_index);
  });
}

void fv_free(void* memory) { std::free(memory); }
