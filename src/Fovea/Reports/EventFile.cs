using System.Buffers.Binary;
using Fovea.Imaging;

namespace Fovea.Reports;

/// <summary>An event file, as TensorBoard reads it: numbers and pictures by tag and step.</summary>
/// <remarks>
/// The format is TensorFlow's: records of a length, its checksum, a message and its checksum (TFRecord, masked CRC-32C); the
/// messages are Event and Summary of event.proto and summary.proto. A record is handed to the system in one write, so
/// TensorBoard can follow while the program runs, and a process that is killed leaves at worst one record cut off at the end,
/// before which everything can be read.
/// <para>Not safe from several threads at once.</para>
/// </remarks>
public sealed class EventFile : IDisposable
{
    private readonly FileStream _stream;
    private readonly TimeProvider _clock;

    private EventFile(FileStream stream, TimeProvider clock)
    {
        _stream = stream;
        _clock = clock;
    }

    /// <summary>The file.</summary>
    public string Path => _stream.Name;

    /// <summary>Starts a new file in a folder, which is made where it does not exist.</summary>
    /// <param name="folder">The run's folder. It may hold event files of the same run; they stay as they are.</param>
    /// <param name="firstStep">The first step that will be written, not negative. What earlier files of the folder say of this
    /// step and later ones, TensorBoard forgets: an interrupted run wrote it, and it comes again.</param>
    /// <param name="clock">Tells the time of each event; null for the system's.</param>
    /// <exception cref="IOException">The folder or the file cannot be made.</exception>
    public static EventFile Create(string folder, long firstStep = 0, TimeProvider? clock = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentOutOfRangeException.ThrowIfNegative(firstStep);
        clock ??= TimeProvider.System;
        EventFile file = new(Open(folder, clock), clock);
        try
        {
            file.Append(file.Event(0).Add(EventField.FileVersion, "brain.Event:2"));
            file.Append(file.Event(firstStep).Add(EventField.SessionLog,
                new ProtobufMessage().Add(SessionField.Status, SessionField.Start)));
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes numbers of one step.</summary>
    /// <param name="step">Not negative.</param>
    /// <param name="scalars">By tag; TensorBoard groups tags by what comes before a slash. They are stored as 32-bit floats.</param>
    /// <exception cref="IOException">The disk is full or gone.</exception>
    public void WriteScalars(long step, IEnumerable<KeyValuePair<string, double>> scalars)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        var summary = new ProtobufMessage();
        foreach ((string tag, double value) in scalars)
            summary.Add(SummaryField.Value, new ProtobufMessage().Add(ValueField.Tag, tag).Add(ValueField.Scalar, (float)value));
        Append(Event(step).Add(EventField.Summary, summary));
    }

    /// <summary>Writes a picture of one step.</summary>
    /// <param name="step">Not negative.</param>
    /// <param name="tag">Its name.</param>
    /// <param name="encoded">The bytes of a PNG or JPEG file.</param>
    /// <exception cref="ImageException">They are not a picture, or one of another format.</exception>
    /// <exception cref="IOException">The disk is full or gone.</exception>
    public void WritePicture(long step, string tag, byte[] encoded)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ImageInfo info = Image.ReadInfo(new MemoryStream(encoded, writable: false), tag);
        if (info.Format is not (ImageFormat.Png or ImageFormat.Jpeg))
            throw new ImageException($"{tag}: TensorBoard shows PNG and JPEG, this is {info.Format}; encode it as one of them.");
        ProtobufMessage picture = new ProtobufMessage().Add(PictureField.Height, info.Size.Height).Add(PictureField.Width, info.Size.Width)
            .Add(PictureField.Channels, info.Channels).Add(PictureField.Encoded, encoded);
        Append(Event(step).Add(EventField.Summary, new ProtobufMessage()
            .Add(SummaryField.Value, new ProtobufMessage().Add(ValueField.Tag, tag).Add(ValueField.Picture, picture))));
    }

    /// <summary>Waits until all that was written lies on the disk and would survive a power failure.</summary>
    /// <exception cref="IOException">The disk is full or gone.</exception>
    public void Flush() => _stream.Flush(flushToDisk: true);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _stream.Dispose();

    private static FileStream Open(string folder, TimeProvider clock)
    {
        try
        {
            Directory.CreateDirectory(folder);
            // No buffer: a record is one write. Others may read meanwhile, and delete the run.
            return new FileStream(System.IO.Path.Combine(folder, EventFileName.Next(folder, clock.GetUtcNow())),
                FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new IOException($"{folder}: no event file can be made there: {error.Message} Name a folder that can be written.", error);
        }
    }

    private ProtobufMessage Event(long step)
    {
        var message = new ProtobufMessage().Add(EventField.WallTime, (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds);
        return step == 0 ? message : message.Add(EventField.Step, step);   // a zero is the default and left out
    }

    private void Append(ProtobufMessage message)
    {
        ReadOnlySpan<byte> data = message.Bytes;
        byte[] record = new byte[sizeof(ulong) + sizeof(uint) + data.Length + sizeof(uint)];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), Crc32C.Masked(record.AsSpan(0, 8)));
        data.CopyTo(record.AsSpan(12));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + data.Length), Crc32C.Masked(data));
        try
        {
            _stream.Write(record);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{Path}: the event cannot be written: {error.Message} " +
                "Is the disk full? What was written before can be read.", error);
        }
    }

    // Field numbers of event.proto and summary.proto.
    private static class EventField
    {
        public const int WallTime = 1, Step = 2, FileVersion = 3, Summary = 5, SessionLog = 7;
    }

    private static class SessionField
    {
        public const int Status = 1;
        public const long Start = 1;
    }

    private static class SummaryField
    {
        public const int Value = 1;
    }

    private static class ValueField
    {
        public const int Tag = 1, Scalar = 2, Picture = 4;
    }

    private static class PictureField
    {
        public const int Height = 1, Width = 2, Channels = 3, Encoded = 4;
    }
}
