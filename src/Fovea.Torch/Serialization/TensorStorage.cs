namespace Fovea.Torch.Serialization;

/// <summary>A run of elements in a mapped file, which one or more tensors look into.</summary>
internal sealed unsafe class TensorStorage(DType dtype, long elementCount)
{
    private MappedFile? _file;
    private long _position;

    /// <summary>The type of the elements.</summary>
    public DType DType { get; } = dtype;

    /// <summary>How many elements it holds; its length in bytes fits 63 bits.</summary>
    public long ElementCount { get; } = elementCount;

    /// <summary>Bytes it takes.</summary>
    public long ByteLength => ElementCount * DType.ElementSize();

    /// <summary>Whether the place of its bytes is known. (The old .pth format tells it after the tensors.)</summary>
    public bool IsBound => _file is not null;

    /// <summary>The file that holds it.</summary>
    public MappedFile File => _file ?? throw new InvalidOperationException("The storage has no bytes yet: a bug in the reader.");

    /// <summary>Says where its bytes are. The range must have been checked against the file.</summary>
    public void Bind(MappedFile file, long position) => (_file, _position) = (file, position);

    /// <summary>The address of one element.</summary>
    public byte* Address(long element) => File.Address(_position + element * DType.ElementSize());
}
