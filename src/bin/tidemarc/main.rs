//! The command `tidemarc`. Its code is in the library, because the Python package calls it too.

fn main() -> std::process::ExitCode {
    tidemarc::cli::main(std::env::args_os()).into()
}
