using System.Text;
using Fovea.Imaging;
using Fovea.Metrics;
using Fovea.Structures;
using FsCheck;
using FsCheck.Fluent;

namespace Fovea.Tests.Metrics;

public class CocoResultsTests
{
    private const string Good = """[{"image_id": 42, "category_id": 18, "bbox": [1.5, 2, 30.25, 40], "score": 0.875}]""";

    [Fact]
    public void What_is_written_is_read_back_exactly()
    {
        var random = new Random(5);
        CocoResultEntry[] entries = [.. Enumerable.Range(0, 3000).Select(i => new CocoResultEntry(
            random.NextInt64(), random.Next(), new CocoBox(random.NextDouble() * 1e4, -random.NextDouble(), 1 / 3.0, 1e-300), random.NextDouble()))];
        using var stream = new MemoryStream();

        CocoResults.Write(stream, entries);
        stream.Position = 0;

        Assert.Equal(entries, CocoResults.Read(stream, "results"));
    }

    [Fact]
    public void The_file_is_a_line_a_detection()
    {
        Category[] categories = [new(18, "dog"), new(3, "car")];
        var detections = new Detections(new ImageSize(10, 10), [new Box(1, 2, 4, 8)], [0.5f], [1]);
        using var stream = new MemoryStream();
        CocoResults.Write(stream, CocoResults.Of(7, detections, categories));
        Assert.Equal("[\n{\"image_id\":7,\"category_id\":3,\"bbox\":[1,2,3,6],\"score\":0.5}\n]\n", Encoding.UTF8.GetString(stream.ToArray()));

        stream.SetLength(0);
        CocoResults.Write(stream, []);
        Assert.Empty(Read(Encoding.UTF8.GetString(stream.ToArray())));
    }

    [Fact]
    public void Masks_and_key_points_that_a_detector_finds_are_in_its_entries()
    {
        var size = new ImageSize(10, 10);
        Category[] categories = [new(18, "dog"), new(3, "car")];
        var found = new Detections(size, [new Box(1, 2, 4, 8)], [0.5f], [1]);
        RunLengthMask mask = RunLengthMask.FromBox(new Box(1, 2, 4, 7), size);
        using var stream = new MemoryStream();
        CocoResults.Write(stream, CocoResults.Of(7, found.WithMasks([mask]), categories));
        stream.Position = 0;
        CocoResultEntry read = Assert.Single(CocoResults.Read(stream, "results"));
        Assert.Equal((7, 3, 0.5), (read.ImageId, read.CategoryId, read.Score));
        Assert.Equal(mask.ToCompressed(), read.Mask!.ToCompressed());
        Assert.Equal(new CocoBox(1, 2, 3, 5), read.Box);                     // the mask's

        CocoResultEntry pose = Assert.Single(CocoResults.Of(7, found.WithKeypoints([[new(1.5f, 2, 0.25f)]]), categories));
        Assert.Equal([new Keypoint(1.5, 2, 2)], pose.Keypoints!);
    }

    [Fact]
    public void Numbers_that_JSON_cannot_say_are_refused()
    {
        Assert.Throws<ArgumentException>(() =>
            CocoResults.Write(Stream.Null, [new CocoResultEntry(1, 1, new CocoBox(0, 0, 1, 1), double.NaN)]));
        Assert.Throws<ArgumentException>(() => CocoResults.Of(1,
            new Detections(new ImageSize(10, 10), [new Box(1, 2, 4, 8)], [0.5f], [1]), [new Category(1, "only")]).ToList());
    }

    [Theory]
    [InlineData(Good)]
    [InlineData("""  [ {"score":0.875, "area": {"deep":[1,{"x":null}]}, "bbox":[1.5,2,30.25,4e1],"image_id":42.0,"category_id":18,"segmentation":"]}"} ]  """)]
    [InlineData("\uFEFF" + Good)]
    public void Order_spacing_and_further_properties_do_not_matter(string text)
    {
        var expected = new CocoResultEntry(42, 18, new CocoBox(1.5, 2, 30.25, 40), 0.875);
        Assert.Equal([expected], Read(text));
        Assert.Equal([expected], CocoResults.Read(new Trickle(Encoding.UTF8.GetBytes(text)), "trickle"));
    }

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("{\"images\": []}", "annotation file")]
    [InlineData("42", "expected an array")]
    [InlineData("[1]", "detection 0 (counted from 0): expected an object")]
    [InlineData("[{}]", "lacks image_id, category_id, bbox, score")]
    [InlineData("[{\"image_id\":\"7\"}]", "byte 13")]
    [InlineData("[{\"image_id\":7.5}]", "whole number")]
    [InlineData("[{\"image_id\":99999999999999999999}]", "whole number")]
    [InlineData("[{\"image_id\":1,\"category_id\":4000000000,\"bbox\":[1,2,3,4],\"score\":1}]", "too large")]
    [InlineData("[{\"bbox\":[1,2,3]}]", "four numbers")]
    [InlineData("[{\"bbox\":[1,2,3,4,5]}]", "four numbers")]
    [InlineData("[{\"bbox\":null}]", "found null")]
    [InlineData("[{\"score\":1e999}]", "beyond double")]
    [InlineData("[{\"score\":NaN}]", "not JSON")]
    [InlineData("[] x", "expected the end of the file")]
    [InlineData("[", "not JSON")]
    public void Other_texts_are_refused_with_the_place(string text, string part)
    {
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => Read(text));
        Assert.StartsWith("results.json: byte ", error.Message);
        Assert.Contains(part, error.Message);
    }

    [Fact]
    public void A_million_brackets_are_refused()
    {
        foreach (string start in (string[])["", "[{\"segmentation\":"])
            Assert.Throws<InvalidDataException>(() => Read(start + new string('[', 1_000_000)));
    }

    [Fact]
    public void An_endless_entry_is_refused_in_bounded_memory() =>
        Assert.Contains("more than 16 MiB", Assert.Throws<InvalidDataException>(
            () => CocoResults.Read(new Endless("[{\"counts\":\"", 'x'), "endless").ToList()).Message);

    [Fact]
    public void Damaged_files_are_read_or_refused_never_anything_else()
    {
        byte[] good = Encoding.UTF8.GetBytes(Good);
        for (int length = 0; length < good.Length; length++)
            Assert.Throws<InvalidDataException>(() => CocoResults.Read(new MemoryStream(good, 0, length), "cut").ToList());

        Prop.ForAll(Gen.Choose(0, good.Length - 1).Zip(Gen.Choose(0, 255)).ToArbitrary(), change =>
        {
            byte[] damaged = [.. good];
            damaged[change.Item1] = (byte)change.Item2;
            try
            {
                Assert.Single(CocoResults.Read(new MemoryStream(damaged), "damaged").ToList());
            }
            catch (InvalidDataException)
            {
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000).WithReplay(1, 1));
    }

    private static List<CocoResultEntry> Read(string text) =>
        [.. CocoResults.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)), "results.json")];

    /// <summary>Gives one byte at a time, as a slow pipe may.</summary>
    private sealed class Trickle(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 1));
    }

    /// <summary>A text that goes on with one letter for ever.</summary>
    private sealed class Endless(string start, char letter) : MemoryStream(Encoding.UTF8.GetBytes(start))
    {
        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = base.Read(buffer, offset, count);
            if (read > 0) return read;
            buffer.AsSpan(offset, count).Fill((byte)letter);
            return count;
        }
    }
}
