using Fovea.Backbones;
using Fovea.Segmentation;
using Fovea.Torch;
using S = Fovea.Weights.SegmenterSettings;

namespace Fovea.Weights;

public static partial class ModelZoo
{
    private const string SetrPaper =
        "Zheng et al., Rethinking Semantic Segmentation from a Sequence-to-Sequence Perspective with Transformers, CVPR 2021";

    // Networks on vision transformers. The small ones have finer patches than the papers' 16 pixels: for small pictures on two cores.
    private static IEnumerable<SegmenterEntry> Transformers()
    {
        foreach ((string suffix, VisionTransformerDesign design, int channels, string? backbone) in
            ((string, VisionTransformerDesign, int, string?)[])
            [("_small", VisionTransformerDesign.Tiny(8), 64, null), ("", VisionTransformerDesign.Large(16), 256, "vit_l_16")])
        {
            SegmenterEntry Entry(string name, Func<Backbone, SegmenterOptions, Generator?, Segmenter> build) => new(
                name + suffix, SetrPaper, [nameof(S.Auxiliary)], (classCount, settings, generator) =>
                    build(new VisionTransformer(design, settings.ToBackbone(), generator) { AnySize = true },
                        settings.ToOptions(classCount), generator)) { BackboneId = backbone };
            yield return Entry("setr_naive", (encoder, options, generator) => new SetrNaive(encoder, options, channels, generator));
            yield return Entry("setr_pup", (encoder, options, generator) => new SetrPup(encoder, options, channels, generator));
            yield return Entry("setr_mla", (encoder, options, generator) => new SetrMla(encoder, options, channels, generator));
        }
    }
}
