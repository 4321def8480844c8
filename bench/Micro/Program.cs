using BenchmarkDotNet.Running;
using Ebb.Bench.Micro;

if (args is ["ratios"])
{
    PassRatios.Run();
    return 0;
}

if (args is ["policycost"])
{
    await PolicyCost.RunAsync();
    return 0;
}

if (args is ["encodercost", var bundle])
{
    await EncoderCost.RunAsync(bundle);
    return 0;
}

if (args is ["encodersizes", .. { Length: > 0 } bundles])
{
    EncoderSizes.Run(bundles);
    return 0;
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
