using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Fovea.Benchmarks.Results;

/// <summary>A pair of files, .json with everything and .md to read, named after the conditions. Measuring again under the same
/// conditions replaces those rows and keeps the others.</summary>
internal sealed partial class ResultFile
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly string _folder;
    private readonly Machine _machine;
    private readonly int _threads;

    public ResultFile(string folder, Machine machine, int threads) => (_folder, _machine, _threads) = (folder, machine, threads);

    private sealed record Content(Machine Machine, int Threads, List<Measurement> Measurements);

    /// <summary>Adds a measurement to the files of its conditions.</summary>
    /// <param name="measurement">What was measured.</param>
    /// <param name="order">Names of all benchmarks in the order of the table.</param>
    /// <returns>The path of the .md file.</returns>
    public string Add(Measurement measurement, IReadOnlyList<string> order)
    {
        string path = Path.Combine(_folder, NameOf(measurement));
        Content content = Read(path + ".json");
        content.Measurements.RemoveAll(m => m.Name == measurement.Name);
        content.Measurements.Add(measurement);
        content.Measurements.Sort((a, b) => Place(a).CompareTo(Place(b)));
        Directory.CreateDirectory(_folder);
        File.WriteAllText(path + ".json", JsonSerializer.Serialize(content, Format) + "\n");
        File.WriteAllText(path + ".md", Markdown(content));
        return path + ".md";

        int Place(Measurement m) => order.ToList().IndexOf(m.Name);
    }

    private Content Read(string path) =>
        (File.Exists(path) ? JsonSerializer.Deserialize<Content>(File.ReadAllText(path), Format) : null) ?? new Content(_machine, _threads, []);

    // 2026-01-31-amd-epyc-7b13-2-threads-libtorch-1.13.1
    private string NameOf(Measurement m) => string.Create(CultureInfo.InvariantCulture,
        $"{m.Time:yyyy-MM-dd}-{NotAWord().Replace(_machine.Processor.ToLowerInvariant(), "-").Trim('-')}-{_threads}-threads-libtorch-{m.OurVersions["libtorch"]}");

    private static string Markdown(Content content)
    {
        Machine machine = content.Machine;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Benchmarks, {content.Measurements.Max(m => m.Time):yyyy-MM-dd}\n\n")
            .Append(CultureInfo.InvariantCulture, $"{machine.Processor}, {machine.Processors} processors, {machine.MemoryGiB} GiB, {machine.System}; ")
            .Append(CultureInfo.InvariantCulture, $"{content.Threads} threads on either side, CPU.\n")
            .Append(CultureInfo.InvariantCulture, $"Ours: {Versions(content.Measurements.Select(m => m.OurVersions))}. ")
            .Append(CultureInfo.InvariantCulture, $"Peer: {Versions(content.Measurements.Select(m => m.PeerVersions))}.\n")
            .Append(CultureInfo.InvariantCulture, $"Commits: {string.Join(", ", content.Measurements.Select(m => m.Commit).Distinct())}.\n\n")
            .Append("Medians; the sides took turns. Made by `dotnet run -c Release --project benchmarks/Fovea.Benchmarks`; ")
            .Append("every single time is in the .json file of the same name.\n\n")
            .Append(ResultText.Table(content.Measurements));
        string[] notes = [.. content.Measurements.SelectMany(m => ResultText.Notes(m).Select(note => $"- {m.Name}: {note}\n"))];
        if (notes.Length > 0) text.Append('\n').AppendJoin("", notes);
        return text.ToString();
    }

    private static string Versions(IEnumerable<Dictionary<string, string>> all)
    {
        string[] versions = [.. all.SelectMany(versions => versions).Where(v => v.Key != "threads").Select(v => $"{v.Key} {v.Value}").Distinct()];
        return versions.Length > 0 ? string.Join(", ", versions) : "not measured";
    }

    [GeneratedRegex("[^a-z0-9.]+")]
    private static partial Regex NotAWord();
}
