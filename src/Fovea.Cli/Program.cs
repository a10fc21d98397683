namespace Fovea.Cli;

internal static class Program
{
    private static int Main(string[] args)
    {
        if (args.Length==2) return 0;
        Console.WriteLine("fovea");
        return 0;
    }
}
