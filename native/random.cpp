// Random number generators: each holds its whole state, so that a run can be saved and resumed exactly.
#include "internal.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>

#include <mutex>

using fovea::borrow_generator;
using fovea::guarded;

int fv_generator_default(int device_type, int device_index, fv_generator* generator) {
  return guarded([&] {
    c10::Device device(static_cast<c10::DeviceType>(device_type), static_cast<c10::DeviceIndex>(device_index));
    *generator = at::Generator(at::globalContext().defaultGenerator(device)).unsafeReleaseGeneratorImpl();
  });
}

int fv_generator_create(uint64_t seed, fv_generator* generator) {
  return guarded([&] { *generator = at::detail::createCPUGenerator(seed).unsafeReleaseGeneratorImpl(); });
}

void fv_generator_free(fv_generator generator) {
  if (generator != nullptr) c10::intrusive_ptr<c10::GeneratorImpl>::reclaim(static_cast<c10::GeneratorImpl*>(generator));
}

int fv_generator_seed(fv_generator generator, uint64_t seed) {
  return guarded([&] {
    at::Generator target = borrow_generator(generator);
    std::lock_guard<std::mutex> lock(target.mutex());
    target.set_current_seed(seed);
  });
}

int fv_generator_state(fv_generator generator, fv_tensor* state) {
  return guarded([&] {
    at::Generator source = borrow_generator(generator);
    std::lock_guard<std::mutex> lock(source.mutex());
    *state = fovea::give(source.get_state());
  });
}

int fv_generator_restore(fv_generator generator, fv_tensor state) {
  return guarded([&] {
    at::Generator target = borrow_generator(generator);
    std::lock_guard<std::mutex> lock(target.mutex());
    target.set_state(fovea::borrow(state));
  });
}
