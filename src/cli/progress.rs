//! The progress bar.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// Time between two looks at the number of bytes.
const INTERVAL: Duration = Duration::from_millis(100);

/// A bar on standard error that shows the bytes read, the rate and the time left. A thread of its
/// own updates it, so reading does not wait for the terminal.
#[derive(Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    /// Dropped to end the thread.
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Shows a bar for a number of bytes that grows to `total`, if that is known.
    pub(super) fn new(read: Arc<AtomicU64>, total: Option<u64>) -> Self {
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
        let template = match total {
            Some(_) => {
                "{bar:30} {percent:>3} %  {bytes} of {total_bytes}  {bytes_per_sec}  {eta} left"
            }
            None => "{spinner} {bytes}  {bytes_per_sec}",
        };
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        let (end, ended) = mpsc::channel::<()>();
        let shown = bar.clone();
        let thread = thread::spawn(move || {
            // A command that ends at once shows no bar.
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(INTERVAL) {
                shown.set_position(read.load(Ordering::Relaxed));
                shown.tick();
            }
        });
        Self { bar, end: Some(end), thread: Some(thread) }
    }

    /// Writes to the terminal while the bar is hidden.
    pub(super) fn suspend(&self, write: impl FnOnce()) {
        self.bar.suspend(write);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end = None;
        if let Some(thread) = self.thread.take() {
            // The thread has nothing that panics.
            let _ = thread.join();
        }
        self.bar.finish_and_clear();
    }
}
