using System.Text;

namespace Fovea.Torch.Serialization;

/// <summary>A file's tensors are not a model's. Each key that is missing, unexpected or of another shape or kind is
/// listed.</summary>
public sealed class StateMismatchException : Exception
{
    internal StateMismatchException(string source, string[] missing, string[] unexpected, string[] mismatched)
        : base(Text(source, missing, unexpected, mismatched)) =>
        (Missing, Unexpected, Mismatched) = (missing, unexpected, mismatched);

    /// <summary>What the model has and the file has not.</summary>
    public IReadOnlyList<string> Missing { get; }

    /// <summary>What the file has and the model has not.</summary>
    public IReadOnlyList<string> Unexpected { get; }

    /// <summary>What both have, but with other sizes or another kind of number: the key, and both descriptions.</summary>
    public IReadOnlyList<string> Mismatched { get; }

    private static string Text(string source, string[] missing, string[] unexpected, string[] mismatched)
    {
        var text = new StringBuilder($"{source} does not fit the model; nothing was loaded.");
        Append("missing", missing);
        Append("unexpected", unexpected);
        Append("of another shape or type", mismatched);
        return text.ToString();

        void Append(string what, string[] keys)
        {
            if (keys.Length == 0) return;
            text.Append('\n').Append(keys.Length).Append(' ').Append(what).Append(':');
            foreach (string key in keys) text.Append("\n  ").Append(key);
        }
    }
}
