// Autograd: gradients, backward functions that call back into C#, and the modes that an operator runs in.
#include "internal.h"

#include <ATen/autocast_mode.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/version.h>

using fovea::borrow;
using fovea::give;
using fovea::guarded;

namespace {

std::vector<at::Tensor> borrow_all(const fv_tensor* handles, int count) {
  std::vector<at::Tensor> tensors;
  tensors.reserve(count);
  for (int i = 0; i < count; ++i) tensors.push_back(borrow(handles[i]));
  return tensors;
}

// A node of the autograd graph whose backward runs in C#. It owns the C# context and releases it with the graph.
class ManagedFunction final : public torch::autograd::Node {
 public:
  ManagedFunction(std::string name, torch::autograd::edge_list edges, fv_backward backward, void (*release)(void*), void* context)
      : Node(std::move(edges)), name_(std::move(name)), backward_(backward), release_(release), context_(context) {}

  ~ManagedFunction() override { release_(context_); }

  std::string name() const override { return name_; }

  torch::autograd::variable_list apply(torch::autograd::variable_list&& grads) override {
    std::vector<fv_tensor> outputs;
    for (const auto& grad : grads) outputs.push_back(grad.defined() ? grad.unsafeGetTensorImpl() : nullptr);
    std::vector<fv_tensor> inputs(num_outputs(), nullptr);
    std::vector<uint8_t> needed(num_outputs());
    for (size_t i = 0; i < needed.size(); ++i) needed[i] = should_compute_output(i) ? 1 : 0;
    char error[2048] = "";
    int status = backward_(context_, outputs.data(), static_cast<int>(outputs.size()), inputs.data(), needed.data(),
                           static_cast<int>(inputs.size()), error, static_cast<int>(sizeof error));
    torch::autograd::variable_list result;
    for (fv_tensor input : inputs) {
      at::Tensor tensor = borrow(input);
      fv_tensor_free(input);  // C# gave its reference away
      result.push_back(std::move(tensor));
    }
    TORCH_CHECK(status == 0, "the backward of ", name_, " failed: ", error);
    return result;
  }

 private:
  std::string name_;
  fv_backward backward_;
  void (*release_)(void*);
  void* context_;
};

}  // namespace

int fv_set_requires_grad(fv_tensor tensor, int value) {
  return guarded([&] { borrow(tensor).set_requires_grad(value != 0); });
}

int fv_grad(fv_tensor tensor, fv_tensor* grad) {
  return guarded([&] { *grad = give(borrow(tensor).grad()); });
}

int fv_set_grad(fv_tensor tensor, fv_tensor grad_or_null) {
  return guarded([&] { borrow(tensor).mutable_grad() = borrow(grad_or_null); });
}

int fv_run_backward(const fv_tensor* roots, const fv_tensor* root_grads, int count, int retain_graph, int create_graph,
                    const fv_tensor* inputs, int input_count, fv_tensor* input_grads) {
  return guarded([&] {
    auto outputs = borrow_all(roots, count);
    auto grads = root_grads == nullptr ? std::vector<at::Tensor>() : borrow_all(root_grads, count);
    if (input_count == 0) {
      torch::autograd::backward(outputs, grads, retain_graph != 0, create_graph != 0);
      return;
    }
    auto wanted = torch::autograd::grad(outputs, borrow_all(inputs, input_count), grads, retain_graph != 0, create_graph != 0,
                                        /*allow_unused=*/true);
    for (int i = 0; i < input_count; ++i) input_grads[i] = give(std::move(wanted[i]));
  });
}

int fv_attach_function(const char* name, const fv_tensor* inputs, int input_count, const fv_tensor* outputs, int output_count,
                       fv_backward backward, void (*release)(void*), void* context, int* attached) {
  *attached = 0;
  return guarded([&] {
    auto sources = borrow_all(inputs, input_count);
    if (!c10::GradMode::is_enabled() || !torch::autograd::any_variable_requires_grad(sources)) return;
    auto node = std::shared_ptr<ManagedFunction>(
        new ManagedFunction(name, torch::autograd::collect_next_edges(sources), backward, release, context),
        torch::autograd::deleteNode);
    *attached = 1;  // from here on the node releases the context, also when what follows throws
    for (int i = 0; i < output_count; ++i) {
      at::Tensor output = borrow(outputs[i]);
      torch::autograd::set_history(output, node);
    }
  });
}

int fv_grad_mode(int* enabled) {
  return guarded([&] { *enabled = c10::GradMode::is_enabled() ? 1 : 0; });
}

int fv_set_grad_mode(int enabled) {
  return guarded([&] { c10::GradMode::set_enabled(enabled != 0); });
}

int fv_inference_mode_enter(void** guard) {
  return guarded([&] { *guard = new c10::InferenceMode(true); });
}

void fv_inference_mode_exit(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }

// libtorch 2.4 gave every device type the same functions; before it the CPU and CUDA each had their own.
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)

int fv_autocast(int device_type, int* enabled, int* dtype) {
  return guarded([&] {
    auto type = static_cast<c10::DeviceType>(device_type);
    *enabled = at::autocast::is_autocast_enabled(type) ? 1 : 0;
    *dtype = static_cast<int>(at::autocast::get_autocast_dtype(type));
  });
}

int fv_set_autocast(int device_type, int enabled, int dtype) {
  return guarded([&] {
    auto type = static_cast<c10::DeviceType>(device_type);
    at::autocast::set_autocast_enabled(type, enabled != 0);
    at::autocast::set_autocast_dtype(type, static_cast<c10::ScalarType>(dtype));
  });
}

#else

int fv_autocast(int device_type, int* enabled, int* dtype) {
  return guarded([&] {
    bool cpu = static_cast<c10::DeviceType>(device_type) == c10::DeviceType::CPU;
    *enabled = (cpu ? at::autocast::is_cpu_enabled() : at::autocast::is_enabled()) ? 1 : 0;
    *dtype = static_cast<int>(cpu ? at::autocast::get_autocast_cpu_dtype() : at::autocast::get_autocast_gpu_dtype());
  });
}

int fv_set_autocast(int device_type, int enabled, int dtype) {
  return guarded([&] {
    auto scalar = static_cast<c10::ScalarType>(dtype);
    if (static_cast<c10::DeviceType>(device_type) == c10::DeviceType::CPU) {
      at::autocast::set_cpu_enabled(enabled != 0);
      at::autocast::set_autocast_cpu_dtype(scalar);
    } else {
      at::autocast::set_enabled(enabled != 0);
      at::autocast::set_autocast_gpu_dtype(scalar);
    }
  });
}

#endif

int fv_autocast_nesting(int change) {
  return guarded([&] {
    if (change > 0) {
      at::autocast::increment_nesting();
    } else if (at::autocast::decrement_nesting() == 0) {
      at::autocast::clear_cache();
    }
  });
}
