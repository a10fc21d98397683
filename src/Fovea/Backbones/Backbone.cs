using Fovea.Torch;
using Fovea.Torch.Nn;

namespace Fovea.Backbones;

/// <summary>A network that turns pictures into feature maps of falling resolution, and with its head into class scores.</summary>
/// <remarks>Detectors and segmenters use the maps; the same network with its head is a classifier. Names of parameters are
/// torchvision's where torchvision has the network, head included, so that its classifier's weights load unchanged.</remarks>
public abstract class Backbone : Module
{
    /// <summary>Remembers whether there is a head.</summary>
    protected Backbone(BackboneOptions options) => ClassCount = options.ClassCount;

    /// <summary>Number of classes that the head tells apart, or null where the network has no head.</summary>
    public int? ClassCount { get; }

    /// <summary>The parts from the input on, without the head: what can be frozen, and what gives feature maps.</summary>
    public abstract IReadOnlyList<BackboneStage> Stages { get; }

    /// <summary>The stages whose maps <see cref="Forward"/> gives, from fine to coarse.</summary>
    public IReadOnlyList<BackboneStage> Features => field ??= [.. Stages.Where(stage => stage.GivesMap)];

    /// <summary>Beginnings of the names of the head's tensors whose shape depends on the number of classes, such as "fc.".</summary>
    public abstract IReadOnlyList<string> ClassLayers { get; }

    /// <summary>What a loss on an auxiliary head counts against that of the head.</summary>
    public virtual double AuxiliaryWeight => 0;

    /// <summary>What other networks carry under a name of their own: this network, or its one part beside the head where torchvision
    /// carries that.</summary>
    public virtual Module Body => this;

    /// <summary>What the names of <see cref="Body"/>'s tensors begin with in this network and do not in it, such as "features.".</summary>
    public virtual string BodyPrefix => "";

    /// <summary>Normalised pictures N x 3 x H x W to the maps of <see cref="Features"/>, each N x C x H/stride x W/stride, sizes
    /// rounded as the network's layers do.</summary>
    public abstract Tensor[] Forward(Tensor images);

    /// <summary>Normalised pictures N x 3 x H x W to class scores before softmax: N x K.</summary>
    /// <exception cref="InvalidOperationException">The network was built without a head.</exception>
    public Tensor Classify(Tensor images) => ClassCount is null ? throw NoHead() : Head(images);

    /// <summary>As <see cref="Classify"/>, with the scores of the auxiliary heads after those of the head, where the network has any
    /// and is in training mode; each N x K.</summary>
    /// <exception cref="InvalidOperationException">The network was built without a head.</exception>
    public Tensor[] ClassifyWithAuxiliary(Tensor images) => ClassCount is null ? throw NoHead() : Heads(images);

    /// <summary>Pictures through the network and its head; called only where there is one.</summary>
    protected abstract Tensor Head(Tensor images);

    /// <summary>Pictures through the network, its head and, while training, its auxiliary heads.</summary>
    protected virtual Tensor[] Heads(Tensor images) => [Head(images)];

    /// <summary>Refuses pictures so small that some layer would be left with nothing.</summary>
    /// <param name="images">N x 3 x H x W.</param>
    /// <param name="side">The smallest height and width that every layer can do with.</param>
    /// <exception cref="ArgumentException">The pictures are smaller.</exception>
    private protected void ExpectAtLeast(Tensor images, long side)
    {
        (long height, long width) = (images.Size(2), images.Size(3));
        if (height < side || width < side)
            throw new ArgumentException($"Pictures of {height}x{width} pixels arrived, but this {GetType().Name} needs at least " +
                $"{side}x{side}: resize or pad them.", nameof(images));
    }

    private InvalidOperationException NoHead() =>
        new($"This {GetType().Name} has no classification head: build it with BackboneOptions.ClassCount.");
}

/// <summary>One stage of a <see cref="Backbone"/>.</summary>
/// <param name="Name">Such as "layer1".</param>
/// <param name="Parts">The tensors that belong to it: beginnings of their names, such as "layer1." or "class_token".</param>
/// <param name="Channels">Channels of the map at its end.</param>
/// <param name="Stride">Pixels of the picture to a pixel of that map, in each direction.</param>
/// <param name="GivesMap">Whether <see cref="Backbone.Forward"/> gives that map.</param>
public sealed record BackboneStage(string Name, IReadOnlyList<string> Parts, long Channels, int Stride, bool GivesMap = true)
{
    /// <summary>The same stage of a network in which the backbone has this prefix, such as "backbone.body.".</summary>
    public BackboneStage Under(string prefix) => this with { Parts = [.. Parts.Select(part => prefix + part)] };

    /// <summary>The same stage where all of its parts' names have lost this beginning.</summary>
    internal BackboneStage Without(string prefix) => this with { Parts = [.. Parts.Select(part => part[prefix.Length..])] };

    /// <summary>Whether a parameter, buffer or module of this full name belongs to the stage.</summary>
    public bool Owns(string name) => Parts.Any(part =>
        name.StartsWith(part, StringComparison.Ordinal) || (part.EndsWith('.') && part.AsSpan(0, part.Length - 1).SequenceEqual(name)));
}
