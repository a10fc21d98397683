// Tensors: what the dispatcher has no operator for.
#include "internal.h"

#include <ATen/ops/from_blob.h>

using fovea::borrow;
using fovea::give;
using fovea::guarded;

void fv_tensor_free(fv_tensor tensor) {
  if (tensor != nullptr) fovea::TensorPointer::reclaim(static_cast<c10::TensorImpl*>(tensor));
}

int fv_tensor_describe(fv_tensor handle, fv_tensor_info* info) {
  return guarded([&] {
    auto* impl = static_cast<c10::TensorImpl*>(handle);
    at::Tensor tensor = borrow(handle);
    info->dtype = static_cast<int32_t>(tensor.scalar_type());
    info->device_type = static_cast<int32_t>(tensor.device().type());
    info->device_index = tensor.device().index();
    info->dim = static_cast<int32_t>(tensor.dim());
    info->numel = tensor.numel();
    info->requires_grad = tensor.requires_grad();
    info->is_leaf = tensor.is_leaf();
    info->sizes = impl->sizes().data();
    bool strided = tensor.layout() == c10::kStrided;
    info->strides = strided ? impl->strides().data() : nullptr;
    info->is_contiguous = strided && tensor.is_contiguous();
    // Opaque layouts (oneDNN's, say) have no address that C# could read.
    info->data = strided && impl->has_storage() && tensor.numel() > 0 ? tensor.data_ptr() : nullptr;
  });
}

int fv_tensor_from_memory(void* data, const int64_t* sizes, const int64_t* strides, int dim, int dtype, void (*release)(void*),
                          void* context, fv_tensor* result) {
  return guarded([&] {
    auto options = at::TensorOptions().dtype(static_cast<c10::ScalarType>(dtype));
    auto deleter = [release, context](void*) {
      if (release != nullptr) release(context);
    };
    c10::IntArrayRef shape(sizes, dim);
    at::Tensor tensor = strides == nullptr ? at::from_blob(data, shape, deleter, options)
                                           : at::from_blob(data, shape, c10::IntArrayRef(strides, dim), deleter, options);
    *result = give(std::move(tensor));
  });
}

int fv_tensor_share(fv_tensor tensor, fv_tensor* result) {
  return guarded([&] { *result = give(borrow(tensor)); });
}
