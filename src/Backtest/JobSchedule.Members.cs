using System.Collections.Concurrent;
using NeuralCore.Models;

namespace NeuralCore.Backtest;

sealed partial class JobSchedule
{
    readonly ConcurrentDictionary<(int Part, DirectionModel Model, int Seed), Lazy<JobResult>> shared = new();   // members without a job

    /// <summary>An ensemble of members that are fitted already, or are fitted now for all ensembles of the run that ask them.</summary>
    JobResult Combine(int job, CombinedModel model, string title)
    {
        FoldRows part = Part(job);
        JobResult[] members = [.. model.Members.Select(member => Finished(member) ?? Shared(member))];
        CombinedPredictor predictor = model.Create();
        predictor.Learn(part.Training, part.Validation, [.. members.Select(m => m.Validation)],
            new FitContext(Seed(job), Cancellation: cancellation));
        int network = model.Members.Select(m => m.Model is NetworkModel).ToList().IndexOf(true);
        return new JobResult(predictor.Combine(part.Validation, [.. members.Select(m => m.Validation)]),
            predictor.Combine(part.Test, [.. members.Select(m => m.Test)]), members.FirstOrDefault(m => m.History is not null)?.History, 0)
        { Attention = network < 0 ? [] : members[network].Attention };

        // A model that is fitted anew inside the test has said there what an ensemble of one training cannot.
        JobResult? Finished(Member member)
        {
            (int of, int seed) = (member.Model.RefitMonths > 0 ? -1 : options.Models.ToList().IndexOf(member.Model), SeedNumber(member));
            return of < 0 || seed >= options.Seeds ? null : results[Array.IndexOf(jobs, jobs[job] with { Model = of, Seed = seed })];
        }

        JobResult Shared(Member member)
        {
            int seed = SeedNumber(member);
            return shared.GetOrAdd((jobs[job].Part, member.Model, seed), _ => new(() => Cached(CacheOf(member.Model, seed),
                () => Fit(member.Model, job, $"{title}: {member.Folder}", member.SeedFrom(Seed(job))), out bool _, out string? _))).Value;
        }

        JobCache? CacheOf(DirectionModel member, int seed) => options.JobFolder is null || member.RefitMonths > 0 ? null
            : new(options.JobFolder, JobCache.Key(data.Hash, options, member, part, unchecked(options.Seed + (ulong)seed)), member, part);

        int SeedNumber(Member member) => member.Model.IsRandom ? jobs[job].Seed + member.Seed : 0;
    }
}
