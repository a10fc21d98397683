using Fovea.Data;
using Fovea.Imaging;
using Fovea.Reconstruction;
using Fovea.Torch;
using Fovea.Torch.Nn;
using Fovea.Torch.Optim;

namespace Fovea.Tests.Reconstruction;

public class AutoEncoderTests
{
    [Theory]
    [InlineData(1, 32, 4)]
    [InlineData(3, 64, 16)]
    [InlineData(5, 64, 7)]
    public void TheCodeIsSmallAndThePictureComesBackWhole(int halvings, int side, int code)
    {
        using var scope = new TensorScope();
        using var model = new AutoEncoder(new AutoEncoderOptions { Halvings = halvings, ImageSize = side, CodeChannels = code });
        Tensor pixels = model.Batch([Image(20, 50), Image(side, side)]);
        Assert.Equal([2, 3, side, side], pixels.Shape);
        Tensor encoded = model.Encode(pixels);
        Assert.Equal([2, code, side >> halvings, side >> halvings], encoded.Shape);
        Assert.Equal(pixels.Shape, model.Decode(encoded).Shape);
        Image[] made = model.Reconstruct(pixels);
        Assert.All(made, image => Assert.Equal(new ImageSize(side, side), image.Size));
    }

    [Fact]
    public void ABatchHoldsThePixelsAsTheyAre()
    {
        using var scope = new TensorScope();
        using var model = new AutoEncoder(new AutoEncoderOptions { ImageSize = 8 });
        Image image = Image(8, 8);
        float[] batch = model.Batch([image]).ToArray<float>();
        for (int c = 0, i = 0; c < 3; c++)
            for (int p = 0; p < 64; p++, i++) Assert.Equal(image.Pixels[3 * p + c] / 255f, batch[i], 1e-6f);
    }

    [Fact]
    public void ItLearnsScenes()
    {
        using var generator = new Generator(1);
        using var model = new AutoEncoder(new AutoEncoderOptions { ImageSize = 16, Halvings = 2, CodeChannels = 8 }, generator);
        using var scope = new TensorScope();
        Tensor pixels = model.Batch([.. Enumerable.Range(0, 4).Select(i => new Scenes(4, 1, new ImageSize(64, 64)).Load(i).Image)]);
        double variance = ((pixels - pixels.Mean()) * (pixels - pixels.Mean())).Mean().Item();
        using var optimizer = new Adam([new ParameterGroup(model.NamedParameters(), 1e-2, 0)]);
        double last = double.NaN;
        for (int step = 0; step < 80; step++)
        {
            using var inner = new TensorScope();
            Tensor loss = model.ComputeLoss(pixels);
            last = loss.Item();
            loss.Backward();
            optimizer.Step();
            optimizer.ZeroGrad();
        }
        Assert.True(last < variance / 4, $"after 80 steps the loss is {last}, the pixels' variance {variance}");
    }

    private static Image Image(int height, int width)
    {
        var random = new SampleRandom((ulong)(height * 1000 + width));
        byte[] pixels = new byte[3 * height * width];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)random.Next(256);
        return new Image(new ImageSize(height, width), pixels);
    }
}
