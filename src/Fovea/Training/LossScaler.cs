using Fovea.Torch;

namespace Fovea.Training;

/// <summary>Scales the loss so that small gradients do not vanish in 16-bit floats, and skips a step whose gradients overflow.</summary>
/// <remarks>Micikevicius et al.: "Mixed Precision Training" (ICLR 2018), section 3.2; growth and fall as PyTorch's GradScaler.</remarks>
internal sealed class LossScaler(bool enabled)
{
    private const double Growth = 2, Fall = 0.5;
    private const int GrowthInterval = 2000;

    /// <summary>The factor on the loss.</summary>
    public double Scale { get; set; } = enabled ? 65536 : 1;

    /// <summary>Steps since the scale last changed.</summary>
    public int GoodSteps { get; set; }

    /// <summary>Removes the factor from the gradients. False when they overflowed, and the step must be left out.</summary>
    public bool Unscale(IEnumerable<Tensor> parameters)
    {
        if (!enabled) return true;
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        bool finite = true;
        foreach (Tensor parameter in parameters)
        {
            if (parameter.Grad is not { } gradient) continue;
            gradient.MultiplyInPlace(1 / Scale);
            finite = finite && gradient.IsFinite().All().Item() != 0;
        }
        GoodSteps = finite ? GoodSteps + 1 : 0;
        if (!finite) Scale *= Fall;
        else if (GoodSteps == GrowthInterval) (Scale, GoodSteps) = (Scale * Growth, 0);
        return finite;
    }
}
