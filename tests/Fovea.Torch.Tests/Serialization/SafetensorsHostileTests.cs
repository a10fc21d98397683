using System.Diagnostics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Fovea.Torch.Serialization;

namespace Fovea.Torch.Tests.Serialization;

public sealed class SafetensorsHostileTests : IDisposable
{
    private const string Valid =
        """{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"I16","shape":[2],"data_offsets":[8,12]}}""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Refusal(byte[] bytes)
    {
        string path = _folder.Write("bad.safetensors", bytes);
        var error = Assert.Throws<TensorFileException>(() => SafetensorsFile.Open(path));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Equal(path, error.Path);
        return error.Message;
    }

    private string Refusal(string header, int dataLength) => Refusal(SafetensorsBytes.File(header, dataLength));

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "takes 12 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "takes 8 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7, "truncated")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 9, "belong to no tensor")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "hole")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}""", 6, "overlap")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", 4, "overlap")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "'a' appears twice")]
    [InlineData("""{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}""", 1, "dtype twice")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", 0, "appears twice")]
    [InlineData("""{"__metadata__":{"a":"1","a":"2"}}""", 0, "appears twice")]
    [InlineData("""{"__metadata__":{"a":1}}""", 0, "should be a string")]
    [InlineData("""{"__metadata__":[]}""", 0, "should be an object")]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}""", 1, "'F8_E4M3'")]
    [InlineData("""{"a":{"dtype":7,"shape":[1],"data_offsets":[0,1]}}""", 1, "should be a string")]
    [InlineData("""{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}""", 1, "whole numbers")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}""", 1, "whole numbers")]
    [InlineData("""{"a":{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}}""", 1, "whole numbers")]
    [InlineData("""{"a":{"dtype":"U8","shape":[[1]],"data_offsets":[0,1]}}""", 1, "whole numbers")]
    [InlineData("""{"a":{"dtype":"U8","shape":[18446744073709551617],"data_offsets":[0,1]}}""", 1, "whole numbers")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "impossible shape")]
    [InlineData("""{"a":{"dtype":"U8","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}""", 0, "impossible shape")]
    [InlineData("""{"a":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]}}""", 0, "impossible shape")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}""", 1, "more than 2 numbers")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}""", 1, "a begin and an end")]
    [InlineData("""{"a":{"dtype":"U8","shape":[0],"data_offsets":[9223372036854775807,9223372036854775807]}}""", 1, "hole")]
    [InlineData("""{"a":{"shape":[1],"data_offsets":[0,1]}}""", 1, "lacks its dtype")]
    [InlineData("""{"a":{"dtype":"U8","data_offsets":[0,1]}}""", 1, "lacks its shape")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1]}}""", 1, "lacks its data_offsets")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":{}}}""", 1, "unknown property 'x'")]
    [InlineData("""{"":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "empty name")]
    [InlineData("""{"a":[]}""", 0, "should be an object")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}{}""", 1, "JSON")]
    [InlineData("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},}""", 1, "JSON")]
    [InlineData("""{"a\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "Unicode")]
    [InlineData("{}", 1, "belong to no tensor")]
    [InlineData("{ ", 0, "JSON")]
    [InlineData("[]", 0, "no '{'")]
    public void Lies_are_told(string header, int dataLength, string expected) =>
        Assert.Contains(expected, Refusal(header, dataLength), StringComparison.Ordinal);

    [Fact]
    public void Invalid_utf8_in_a_name_is_refused() =>
        Refusal(SafetensorsBytes.File([.. "{\""u8, 0xff, .. "\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}"u8], []));

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(100_000_001ul)]
    [InlineData(1_000_000ul)]
    [InlineData(0ul)]
    public void A_header_length_that_lies_is_refused(ulong stated) => Refusal(SafetensorsBytes.File("{}"u8.ToArray(), [], stated));

    [Fact]
    public void Names_in_messages_are_short_and_cannot_steer_a_terminal()
    {
        string name = "\\u001b[2J" + new string('x', 100_000);
        string message = Refusal($$$"""{"{{{name}}}":{"dtype":"U8","shape":[2],"data_offsets":[0,1]}}""", 1);
        Assert.DoesNotContain('\u001b', message);
        Assert.InRange(message.Length, 1, 500);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{\"a\":")]
    public void A_million_brackets_are_refused_at_once(string bracket)
    {
        string brackets = string.Concat(Enumerable.Repeat(bracket, 1_000_000));
        var clock = Stopwatch.StartNew();
        Refusal("{\"a\":" + brackets, 0);
        Refusal("{\"a\":{\"dtype\":\"U8\",\"shape\":" + brackets, 0);
        Refusal("{\"__metadata__\":" + brackets, 0);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 30);
    }

    [Fact]
    public void A_long_list_of_sizes_is_refused() =>
        Assert.Contains("more than 64", Refusal($$$"""{"a":{"dtype":"U8","shape":[{{{string.Join(',', Enumerable.Repeat("1", 1_000_000))}}}],"data_offsets":[0,1]}}""", 1), StringComparison.Ordinal);

    [Fact]
    public void Every_truncation_is_refused()
    {
        string path = _folder.Write("short", SafetensorsBytes.File(Valid, 12));
        foreach (string _ in _folder.Shortened(path)) Assert.Throws<TensorFileException>(() => SafetensorsFile.Open(path));
    }

    [Fact]
    public void Folders_and_missing_files_are_named()
    {
        Assert.Throws<TensorFileException>(() => SafetensorsFile.Open(_folder["none"]));
        Assert.Contains("folder", Assert.Throws<TensorFileException>(() => SafetensorsFile.Open(Path.GetTempPath())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_changes_give_a_file_or_the_one_error()
    {
        byte[] valid = SafetensorsBytes.File(Valid, 12);
        Prop.ForAll(Mutations.Of(valid), bytes =>
        {
            string path = _folder.Write("mutated", bytes);
            try
            {
                using var file = SafetensorsFile.Open(path);
                foreach (StoredTensor tensor in file.Tensors.Values) tensor.CopyTo(Stream.Null);
            }
            catch (TensorFileException)
            {
            }
        }).Check(Mutations.Repeatable(1000));
    }
}
