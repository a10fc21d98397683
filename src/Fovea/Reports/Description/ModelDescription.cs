namespace Fovea.Reports.Description;

/// <summary>One step of a network's way from picture to result.</summary>
public sealed record LayerDescription
{
    /// <summary>The layer's full name in the network, such as "layer1.0.conv1"; empty for what is done outside any layer.</summary>
    public required string Name { get; init; }

    /// <summary>What it does, such as "convolution 3x3 /2".</summary>
    public required string Kind { get; init; }

    /// <summary>Shape of its result for one picture: C, H, W for maps; with a leading count where there are several, such as
    /// regions.</summary>
    public required IReadOnlyList<long> Output { get; init; }

    /// <summary>Numbers that the result holds; 0 where it takes the place of its input.</summary>
    public required long Activations { get; init; }

    /// <summary>Their bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>Trainable numbers that it is the first to use.</summary>
    public required long Parameters { get; init; }

    /// <summary>Multiplications, each with an addition, of convolutions and matrix products; 0 for all else.</summary>
    public required long MultiplyAdds { get; init; }

    /// <summary>What a number of the result sees, from top to bottom.</summary>
    public required ReceptiveField Vertical { get; init; }

    /// <summary>What a number of the result sees, from left to right.</summary>
    public required ReceptiveField Horizontal { get; init; }
}

/// <summary>A network, layer by layer, for one picture of one size.</summary>
public sealed record ModelDescription
{
    /// <summary>Height of the picture, in pixels.</summary>
    public required long Height { get; init; }

    /// <summary>Width of the picture, in pixels.</summary>
    public required long Width { get; init; }

    /// <summary>The layers in the order in which they run; the picture itself is the first.</summary>
    public required IReadOnlyList<LayerDescription> Layers { get; init; }

    /// <summary>Trainable numbers that no layer here uses, such as those of heads for training alone.</summary>
    public required long UnusedParameters { get; init; }

    /// <summary>All trainable numbers.</summary>
    public long Parameters => Layers.Sum(layer => layer.Parameters) + UnusedParameters;

    /// <summary>Numbers of all results, the picture's too.</summary>
    public long Activations => Layers.Sum(layer => layer.Activations);

    /// <summary>Bytes of all results, the picture's too.</summary>
    public long Bytes => Layers.Sum(layer => layer.Bytes);

    /// <summary>Multiplications, each with an addition, of convolutions and matrix products.</summary>
    public long MultiplyAdds => Layers.Sum(layer => layer.MultiplyAdds);
}
