//! The Rust jobs of the benchmarks: `jobs NAME FILE` does one job once, in a process of its own, and
//! prints one line of JSON. `jobs list` prints the names that this build knows, one a line.
//!
//! A job is one function from a path to an [`Outcome`]; to add one, write the function and name it in
//! [`JOBS`].

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

mod bare;
#[cfg(feature = "tidemarc")]
mod columns;
#[cfg(feature = "tidemarc")]
mod index;
#[cfg(feature = "tidemarc")]
mod ours;
#[cfg(feature = "peers")]
mod peers;

type Result<T> = std::result::Result<T, Box<dyn Error>>;
type Job = fn(&Path) -> Result<Outcome>;

/// Every job of this build, by the name of its contender.
const JOBS: &[(&str, Job)] = &[
    ("bare", bare::read_loop),
    ("bare-gzip", bare::gunzip),
    ("bare-zstd", bare::unzstd),
    ("one-open", bare::open_and_close),
    ("spin", bare::spin),
    #[cfg(feature = "tidemarc")]
    ("tidemarc", ours::default_threads),
    #[cfg(feature = "tidemarc")]
    ("tidemarc-2", ours::two_threads),
    #[cfg(feature = "tidemarc")]
    ("tidemarc-1", ours::one_thread),
    #[cfg(feature = "tidemarc")]
    ("one-tidemarc", ours::one_record),
    #[cfg(feature = "tidemarc")]
    ("marc8", ours::marc8),
    #[cfg(feature = "tidemarc")]
    ("xml-write", ours::xml_write),
    #[cfg(feature = "tidemarc")]
    ("columns", columns::default_threads),
    #[cfg(feature = "tidemarc")]
    ("columns-1", columns::one_thread),
    #[cfg(feature = "tidemarc")]
    ("columns-ranges", columns::two_ranges),
    ("columns-partitions", columns::two_partitions),
    #[cfg(feature = "tidemarc")]
    ("nested", columns::nested),
    #[cfg(feature = "tidemarc")]
    ("nested-1", columns::nested_one_thread),
    #[cfg(feature = "tidemarc")]
    ("index", index::default_threads),
    #[cfg(feature = "tidemarc")]
    ("index-1", index::one_thread),
    #[cfg(feature = "peers")]
    ("mrrc-reader", peers::mrrc_reader),
    #[cfg(feature = "peers")]
    ("mrrc-parallel", peers::mrrc_parallel),
    #[cfg(feature = "peers")]
    ("mrrc-batches", peers::mrrc_batches),
    #[cfg(feature = "peers")]
    ("mrrc-pipeline", peers::mrrc_pipeline),
    #[cfg(feature = "peers")]
    ("marc21", peers::marc21_reader),
];

/// What a job has to show for its time.
#[derive(Default)]
struct Outcome {
    /// Records delivered; none for a job that does not know what a record is.
    records: Option<u64>,
    /// A sum over the work, the same for all contenders of a job: here the fields of all records.
    check: Option<u64>,
    /// Bytes read, where the job counts them.
    bytes: Option<u64>,
    /// Threads of the process while the job's reader was open, where the job looks.
    threads: Option<u64>,
}

/// How often the `one-…` jobs open their file of one record.
const ONE_RECORD_PASSES: u64 = 10_000;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["list"] => {
            for (name, _) in JOBS {
                println!("{name}");
            }
            return ExitCode::SUCCESS;
        }
        [name, file] => run(name, Path::new(file)),
        _ => Err("usage: jobs list | jobs NAME FILE".into()),
    };
    match outcome {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("jobs: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(name: &str, file: &Path) -> Result<String> {
    let (_, job) = JOBS
        .iter()
        .find(|(known, _)| *known == name)
        .ok_or_else(|| format!("no job {name:?} in this build"))?;
    let (wall, cpu) = (Instant::now(), cpu_seconds());
    let outcome = black_box(job(black_box(file))?);
    let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let number = |value: Option<u64>| value.map_or("null".into(), |n| n.to_string());
    Ok(format!(
        r#"{{"records": {}, "seconds": {wall}, "cpu": {cpu}, "check": {}, "bytes": {}, "threads": {}, "peak_kib": {}}}"#,
        number(outcome.records),
        number(outcome.check),
        number(outcome.bytes),
        number(outcome.threads),
        number(peak_kib()),
    ))
}

/// User and system time of this process so far, all its threads.
fn cpu_seconds() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}

/// The high-water mark of this process's resident memory. `wait4` cannot tell it: a child's `ru_maxrss`
/// begins at the size its parent had when it forked.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The threads of this process now.
fn threads() -> Option<u64> {
    Some(std::fs::read_dir("/proc/self/task").ok()?.count() as u64)
}
