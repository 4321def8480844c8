using Ebb.Server.Commands;

return await EbbCommandLine.RunAsync(args, Terminal.ForProcess());
