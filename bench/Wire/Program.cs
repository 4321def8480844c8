using Ebb.Bench.Wire;

return await WireCommandLine.RunAsync(args, Console.Out, Console.Error);
