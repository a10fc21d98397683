namespace Fovea.Cli;

internal static class Program
{
    private static int Main(string[] args)
    {
        Console.WriteLine("fovea");
        return 0;
    }
}
