// The whole interface between Fovea and libtorch: a flat C ABI over libtorch's dispatcher.
//
// - Every function returns 0, or 1 after an exception; fv_last_error() then gives its text. No exception crosses the ABI.
// - A tensor handle is a c10::TensorImpl* that owns one reference: whoever receives it must give it to fv_tensor_free.
//   Handles passed in are borrowed.
// - Nothing here knows of pictures: convolution, RoIAlign and the rest are found by name (fv_find_operator) or written in C#.
#pragma once
#include <cstdint>

#define FV_API extern "C" __attribute__((visibility("default")))

typedef void* fv_tensor;     // c10::TensorImpl*
typedef void* fv_generator;  // c10::GeneratorImpl*
typedef void* fv_object;     // c10::IValue*, for operators that return script objects
typedef void* fv_group;      // this process's membership in a group of processes
typedef void* fv_nccl;       // this process's CUDA device among those of a group

// One argument or result of an operator.
enum fv_kind : int32_t {
  FV_NONE = 0,
  FV_TENSOR = 1,
  FV_INT = 2,
  FV_DOUBLE = 3,
  FV_BOOL = 4,
  FV_INTS = 5,              // pointer to int64_t, count
  FV_DOUBLES = 6,           // pointer to double, count
  FV_TENSORS = 7,           // pointer to fv_tensor, count
  FV_OPTIONAL_TENSORS = 8,  // the same, where null means "none"
  FV_STRING = 9,            // pointer to UTF-8, count bytes
  FV_DEVICE = 10,           // type | index << 8
  FV_BOOLS = 11,            // pointer to uint8_t, count
  FV_GENERATOR = 12,
  FV_DEFAULT = 13,          // the value that the operator's schema states
  FV_OBJECT = 14,
};

struct fv_slot {
  int32_t kind;
  int32_t count;
  union {
    int64_t integer;
    double real;
    void* pointer;
  };
};

struct fv_tensor_info {
  int32_t dtype;        // c10::ScalarType
  int32_t device_type;  // c10::DeviceType
  int32_t device_index;
  int32_t dim;
  int64_t numel;
  void* data;              // null where the tensor has no elements or no memory of its own
  const int64_t* sizes;    // valid while the tensor lives and is not resized
  const int64_t* strides;
  int32_t requires_grad;
  int32_t is_leaf;
  int32_t is_contiguous;
  int32_t reserved;
};

// bridge.cpp: the process
FV_API const char* fv_last_error();
FV_API const char* fv_version();
FV_API int fv_initialise(int threads, int interop_threads);  // at start; also opens libtorch_cuda.so where there is one
FV_API int fv_thread_count(int* threads);
FV_API int fv_cuda(int* available, int* devices);
FV_API int fv_synchronise(int64_t device_index);
FV_API int fv_set_cuda_arithmetic(int tensor_float_32, int search);  // of the whole process
FV_API int fv_quantized_engines(int* engines, int capacity, int* count);  // at::QEngine; count may exceed the capacity
FV_API int fv_set_quantized_engine(int engine);                            // of the whole process
FV_API void fv_free(void* memory);  // what a result of kind FV_TENSORS, FV_INTS, FV_DOUBLES or FV_STRING points to

// dispatch.cpp: operators by schema name
FV_API int fv_find_operator(const char* name, const char* overload, void** op);  // null where there is none
FV_API int fv_operator_schema(void* op, const char** text);  // the text lives until the next call on this thread
FV_API int fv_call(void* op, const fv_slot* arguments, int argument_count, fv_slot* results, int result_capacity, int* result_count);
FV_API void fv_object_free(fv_object object);

// tensor.cpp: what the dispatcher has no operator for
FV_API void fv_tensor_free(fv_tensor tensor);
FV_API int fv_tensor_describe(fv_tensor tensor, fv_tensor_info* info);
FV_API int fv_tensor_from_memory(void* data, const int64_t* sizes, const int64_t* strides, int dim, int dtype,
                                 void (*release)(void*), void* context, fv_tensor* result);
FV_API int fv_tensor_share(fv_tensor tensor, fv_tensor* result);  // a second handle of the same tensor

// autograd.cpp
typedef int (*fv_backward)(void* context, const fv_tensor* grad_outputs, int outputs, fv_tensor* grad_inputs,
                           const uint8_t* needed, int inputs, char* error, int error_capacity);
FV_API int fv_set_requires_grad(fv_tensor tensor, int value);
FV_API int fv_grad(fv_tensor tensor, fv_tensor* grad);  // null where there is none
FV_API int fv_set_grad(fv_tensor tensor, fv_tensor grad_or_null);
FV_API int fv_run_backward(const fv_tensor* roots, const fv_tensor* root_grads, int count, int retain_graph, int create_graph,
                           const fv_tensor* inputs, int input_count, fv_tensor* input_grads);
FV_API int fv_attach_function(const char* name, const fv_tensor* inputs, int input_count, const fv_tensor* outputs, int output_count,
                              fv_backward backward, void (*release)(void*), void* context, int* attached);
FV_API int fv_grad_mode(int* enabled);
FV_API int fv_set_grad_mode(int enabled);
FV_API int fv_inference_mode_enter(void** guard);
FV_API void fv_inference_mode_exit(void* guard);
FV_API int fv_autocast(int device_type, int* enabled, int* dtype);
FV_API int fv_set_autocast(int device_type, int enabled, int dtype);
FV_API int fv_autocast_nesting(int change);  // +1 on entering a region; -1 on leaving, which clears the cast cache at zero

// random.cpp
FV_API int fv_generator_default(int device_type, int device_index, fv_generator* generator);
FV_API int fv_generator_create(uint64_t seed, fv_generator* generator);  // on the CPU
FV_API void fv_generator_free(fv_generator generator);
FV_API int fv_generator_seed(fv_generator generator, uint64_t seed);
FV_API int fv_generator_state(fv_generator generator, fv_tensor* state);
FV_API int fv_generator_restore(fv_generator generator, fv_tensor state);

// distributed.cpp: every process of a group calls the same functions in the same order. Tensors: contiguous, on the CPU.
// The address is this process's own: a network interface, a host name, or empty for the machine's host name.
FV_API int fv_group_create(const char* host, int port, int serves, const char* prefix, int rank, int size, int64_t timeout_ms,
                           const char* address, int is_interface, fv_group* group);
FV_API void fv_group_free(fv_group group);
FV_API int fv_group_all_reduce(fv_group group, fv_tensor tensor);  // sums into every process's tensor
FV_API int fv_group_broadcast(fv_group group, fv_tensor tensor, int root);
FV_API int fv_group_barrier(fv_group group);

// nccl.cpp: as above, for tensors on a CUDA device of each process's own
const int FV_NCCL_ID_SIZE = 128;
FV_API int fv_nccl_find(int* found);  // the others need it
FV_API int fv_nccl_id(uint8_t* id);   // made by one process, for all
FV_API int fv_nccl_create(const uint8_t* id, int rank, int size, int device_index, int64_t timeout_ms, fv_nccl* link);
FV_API void fv_nccl_free(fv_nccl link);
FV_API int fv_nccl_all_reduce(fv_nccl link, fv_tensor tensor);
FV_API int fv_nccl_broadcast(fv_nccl link, fv_tensor tensor, int root);
