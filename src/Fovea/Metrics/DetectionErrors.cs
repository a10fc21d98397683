namespace Fovea.Metrics;

/// <summary>Why a detection is wrong, or an object not found.</summary>
/// <remarks>Bolya, Foley, Hays, Hoffman: "TIDE: A General Toolbox for Identifying Object Detection Errors" (ECCV 2020), section 2.2. An
/// overlap counts as found from 0.5 on, and as touching from 0.1 on.</remarks>
public enum DetectionError
{
    /// <summary>It covers an object, of another class.</summary>
    Classification,
    /// <summary>It touches an object of its class, but lies badly.</summary>
    Localisation,
    /// <summary>It touches an object of another class, and lies badly.</summary>
    Both,
    /// <summary>It covers an object that a surer detection has found already.</summary>
    Duplicate,
    /// <summary>It touches no object.</summary>
    Background,
    /// <summary>An object that no detection covers, nor would if its class or place were mended.</summary>
    Missed,
}

/// <summary>How often a cause occurs and what it costs.</summary>
/// <param name="Cause">The cause.</param>
/// <param name="Count">Detections, or objects, that are wrong so.</param>
/// <param name="Effect">By how much the mean AP at IoU 0.5 would rise if only this were mended: a wrong class corrected, a bad place
/// put right, others taken away; a missed object no longer asked for.</param>
public sealed record DetectionErrorFigures(DetectionError Cause, int Count, double Effect);

/// <summary>The errors of one picture, in the order that pictures were added.</summary>
/// <param name="ImageId">The data set's id of the picture.</param>
/// <param name="Found">Objects found.</param>
/// <param name="Counts">Errors of each cause, in the order of <see cref="DetectionError"/>.</param>
public sealed record PictureErrors(long ImageId, int Found, IReadOnlyList<int> Counts)
{
    /// <summary>Errors of all causes.</summary>
    public int Total => Counts.Sum();
}

/// <summary>What a detector does wrong on a data set.</summary>
/// <param name="Ap50">Its mean AP at IoU 0.5.</param>
/// <param name="Causes">The six causes.</param>
/// <param name="Pictures">Each picture.</param>
/// <param name="Confusion">Of surely detected objects: rows are true classes and, last, what is no object; columns are what was told, and,
/// last, nothing. (K + 1) x (K + 1).</param>
public sealed record DetectionErrorResult(double Ap50, IReadOnlyList<DetectionErrorFigures> Causes, IReadOnlyList<PictureErrors> Pictures,
    int[,] Confusion);
