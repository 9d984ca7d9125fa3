//! Reports the faults of files: `cargo run --example check -- FILE…`. With `--detail` it also shows
//! their places.

use std::{env, process::ExitCode};

fn main() -> Result<ExitCode, tidemarc::Error> {
    let (options, files): (Vec<_>, Vec<_>) =
        env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let mut all_sound = true;
    for file in files {
        let summary = tidemarc::check(file)?;
        println!("{summary}");
        if options.iter().any(|option| option == "--detail") {
            for (_, first) in summary.faults() {
                println!("\n{}", first.detail());
            }
        }
        all_sound &= summary.is_sound();
    }
    Ok(if all_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
