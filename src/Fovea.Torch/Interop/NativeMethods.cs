using System.Runtime.InteropServices;

namespace Fovea.Torch.Interop;

/// <summary>The bridge's functions, as native/fovea_bridge.h declares them: those that return int return 0, or 1 after an error.</summary>
internal static unsafe partial class NativeMethods
{
    internal const string Library = "fovea_bridge";

    // bridge.cpp
    [LibraryImport(Library)] internal static partial byte* fv_last_error();
    [LibraryImport(Library)] internal static partial byte* fv_version();
    [LibraryImport(Library)] internal static partial int fv_initialise(int threads, int interopThreads);
    [LibraryImport(Library)] internal static partial int fv_thread_count(int* threads);
    [LibraryImport(Library)] internal static partial int fv_cuda(int* available, int* devices);
    [LibraryImport(Library)] internal static partial int fv_synchronise(long deviceIndex);
    [LibraryImport(Library)] internal static partial int fv_set_cuda_arithmetic(int tensorFloat32, int search);
    [LibraryImport(Library)] internal static partial int fv_quantized_engines(int* engines, int capacity, int* count);
    [LibraryImport(Library)] internal static partial int fv_set_quantized_engine(int engine);
    [LibraryImport(Library)] internal static partial void fv_free(void* memory);

    // dispatch.cpp
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int fv_find_operator(string name, string overload, nint* op);
    [LibraryImport(Library)] internal static partial int fv_operator_schema(nint op, byte** text);
    [LibraryImport(Library)]
    internal static partial int fv_call(nint op, Slot* arguments, int argumentCount, Slot* results, int resultCapacity, int* resultCount);
    [LibraryImport(Library)] internal static partial void fv_object_free(nint value);

    // tensor.cpp
    [LibraryImport(Library)] internal static partial void fv_tensor_free(nint tensor);
    [LibraryImport(Library)] internal static partial int fv_tensor_describe(nint tensor, TensorInfo* info);
    [LibraryImport(Library)]
    internal static partial int fv_tensor_from_memory(void* data, long* sizes, long* strides, int dim, int dtype,
        delegate* unmanaged<nint, void> release, nint context, nint* result);
    [LibraryImport(Library)] internal static partial int fv_tensor_share(nint tensor, nint* result);

    // autograd.cpp
    [LibraryImport(Library)] internal static partial int fv_set_requires_grad(nint tensor, int value);
    [LibraryImport(Library)] internal static partial int fv_grad(nint tensor, nint* grad);
    [LibraryImport(Library)] internal static partial int fv_set_grad(nint tensor, nint gradOrNull);
    [LibraryImport(Library)]
    internal static partial int fv_run_backward(nint* roots, nint* rootGrads, int count, int retainGraph, int createGraph,
        nint* inputs, int inputCount, nint* inputGrads);
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int fv_attach_function(string name, nint* inputs, int inputCount, nint* outputs, int outputCount,
        delegate* unmanaged<nint, nint*, int, nint*, byte*, int, byte*, int, int> backward,
        delegate* unmanaged<nint, void> release, nint context, int* attached);
    [LibraryImport(Library)] internal static partial int fv_grad_mode(int* enabled);
    [LibraryImport(Library)] internal static partial int fv_set_grad_mode(int enabled);
    [LibraryImport(Library)] internal static partial int fv_inference_mode_enter(nint* guard);
    [LibraryImport(Library)] internal static partial void fv_inference_mode_exit(nint guard);
    [LibraryImport(Library)] internal static partial int fv_autocast(int deviceType, int* enabled, int* dtype);
    [LibraryImport(Library)] internal static partial int fv_set_autocast(int deviceType, int enabled, int dtype);
    [LibraryImport(Library)] internal static partial int fv_autocast_nesting(int change);

    // random.cpp
    [LibraryImport(Library)] internal static partial int fv_generator_default(int deviceType, int deviceIndex, nint* generator);
    [LibraryImport(Library)] internal static partial int fv_generator_create(ulong seed, nint* generator);
    [LibraryImport(Library)] internal static partial void fv_generator_free(nint generator);
    [LibraryImport(Library)] internal static partial int fv_generator_seed(nint generator, ulong seed);
    [LibraryImport(Library)] internal static partial int fv_generator_state(nint generator, nint* state);
    [LibraryImport(Library)] internal static partial int fv_generator_restore(nint generator, nint state);

    // distributed.cpp
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int fv_group_create(string host, int port, int serves, string prefix, int rank, int size,
        long timeoutMilliseconds, string address, int isInterface, nint* group);
    [LibraryImport(Library)] internal static partial void fv_group_free(nint group);
    [LibraryImport(Library)] internal static partial int fv_group_all_reduce(nint group, nint tensor);
    [LibraryImport(Library)] internal static partial int fv_group_broadcast(nint group, nint tensor, int root);
    [LibraryImport(Library)] internal static partial int fv_group_barrier(nint group);

    // nccl.cpp
    internal const int NcclIdSize = 128;
    [LibraryImport(Library)] internal static partial int fv_nccl_find(int* found);
    [LibraryImport(Library)] internal static partial int fv_nccl_id(byte* id);
    [LibraryImport(Library)]
    internal static partial int fv_nccl_create(byte* id, int rank, int size, int deviceIndex, long timeoutMilliseconds, nint* link);
    [LibraryImport(Library)] internal static partial void fv_nccl_free(nint link);
    [LibraryImport(Library)] internal static partial int fv_nccl_all_reduce(nint link, nint tensor);
    [LibraryImport(Library)] internal static partial int fv_nccl_broadcast(nint link, nint tensor, int root);
}
