using Fovea.Detection;
using Fovea.Torch;

namespace Fovea.Weights;

/// <summary>A detector that can be built by name.</summary>
/// <param name="Id">Its name on the command line; torchvision's where torchvision has it.</param>
/// <param name="Paper">Where it is described.</param>
/// <param name="Family">What is common to all detectors of its kind.</param>
/// <param name="Build">Builds it for K + 1 classes with initial weights from a generator (the default one where null).</param>
public sealed record DetectorEntry(string Id, string Paper, DetectorFamily Family, Func<int, DetectorSettings, Generator?, Detector> Build)
    : ModelEntry(Id, Family.Task, Paper)
{
    /// <summary>Builds it.</summary>
    /// <param name="classCount">K + 1.</param>
    /// <param name="settings">What was chosen.</param>
    /// <param name="generator">Source of the initial weights; the default one where null.</param>
    /// <exception cref="ArgumentException">A setting is out of its range, or this detector has nothing that it could set.</exception>
    public Detector Create(int classCount, DetectorSettings settings, Generator? generator = null)
    {
        Family.Expect(Id, settings);
        return Build(classCount, settings, generator);
    }
}
