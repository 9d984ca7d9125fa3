//! The pace: when the consumer wants the I/O thread to read ahead, by what that has brought so far.

use std::time::Duration;

/// Batches, and time, of a window: long enough for a wake to take effect.
const WINDOW: (u32, Duration) = (16, Duration::from_micros(128));

/// Time of a sample of the consumer alone. It has at least one batch.
const SAMPLE: Duration = Duration::from_micros(64);

/// Windows between two samples, while the I/O thread is of use.
const WINDOWS: u32 = 64;

/// The shortest and the longest rest.
const REST: (Duration, Duration) = (Duration::from_micros(512), Duration::from_millis(16));

/// Time for a batch from which the I/O thread never rests: a wake costs less than half of it, and the
/// two threads share all work of the batch.
const LONG: Duration = Duration::from_micros(100);

/// A phase of the stream, for the consumer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// It reads and parses alone, at least until this time.
    Alone { until: Duration },
    /// The I/O thread reads ahead. So many windows have shown that this is of use.
    Helped { windows: u32 },
}

/// The measurements of one stream, made by its consumer.
///
/// The time for a batch is that from one delivery to the next: with the caller's own work, which is
/// slower too if the I/O thread has its processor. If it falls by less than a sixteenth when the I/O
/// thread reads ahead, then that thread rests: four times as long each time, up to some milliseconds. It never
/// rests if a batch takes [`LONG`]: then it cannot cost more than it brings.
#[derive(Debug)]
pub(super) struct Pace {
    phase: Phase,
    /// Time for a batch without the I/O thread, as it was last measured.
    alone: Option<Duration>,
    /// The same in the cheapest sample of this rest.
    cheapest: Duration,
    /// Length of the next rest.
    rest: Duration,
    /// Batches delivered since `since`, where the measurement begins.
    batches: u32,
    since: Duration,
}

impl Pace {
    /// Creates the pace of a stream that begins at this time.
    pub(super) const fn new(now: Duration) -> Self {
        Self {
            phase: Phase::Alone { until: now },
            alone: None,
            cheapest: Duration::MAX,
            rest: REST.0,
            batches: 0,
            since: now,
        }
    }

    /// Counts a batch that is delivered at this time, and that the consumer itself has read, or not.
    /// Returns true if the I/O thread is to read ahead.
    pub(super) fn count(&mut self, now: Duration, is_own: bool) -> bool {
        match self.phase {
            Phase::Alone { until } => self.count_alone(now, is_own, until),
            Phase::Helped { windows } => self.count_helped(now, windows),
        }
        matches!(self.phase, Phase::Helped { .. })
    }

    /// Notes that the consumer cannot go on alone: it needs the I/O thread for a read that waits.
    pub(super) fn needs_help(&mut self, now: Duration) {
        if let Phase::Alone { .. } = self.phase {
            self.enter(Phase::Helped { windows: 0 }, now);
        }
    }

    fn enter(&mut self, phase: Phase, now: Duration) {
        (self.phase, self.batches, self.since) = (phase, 0, now);
    }

    fn count_alone(&mut self, now: Duration, is_own: bool, until: Duration) {
        if !is_own {
            // The I/O thread has read this one before it went to sleep.
            (self.batches, self.since) = (0, now);
            return;
        }
        self.batches += 1;
        if now - self.since < SAMPLE {
            return;
        }
        // The cheapest sample of a rest has no interruption in it. A single one may have, so the
        // cost rises by a quarter at most.
        let cost = (now - self.since) / self.batches;
        self.cheapest = self.cheapest.min(cost);
        (self.batches, self.since) = (0, now);
        if now >= until {
            let alone =
                self.alone.map_or(self.cheapest, |before| self.cheapest.min(before * 5 / 4));
            self.alone = Some(alone);
            self.cheapest = Duration::MAX;
            self.enter(Phase::Helped { windows: 0 }, now);
        }
    }

    fn count_helped(&mut self, now: Duration, windows: u32) {
        self.batches += 1;
        let took = now - self.since;
        if self.batches < WINDOW.0 || took < WINDOW.1 {
            return;
        }
        let cost = took / self.batches;
        if self.alone.is_some_and(|alone| alone < LONG && cost > alone - alone / 16) {
            if windows > 0 {
                // After a useful window, one may be the effect of an interruption.
                self.enter(Phase::Helped { windows: 0 }, now);
            } else {
                self.enter(Phase::Alone { until: now + self.rest }, now);
                self.rest = (4 * self.rest).min(REST.1);
            }
            return;
        }
        self.rest = REST.0;
        let is_due = windows + 1 == WINDOWS || self.alone.is_none();
        let next = if is_due {
            Phase::Alone { until: now }
        } else {
            Phase::Helped { windows: windows + 1 }
        };
        self.enter(next, now);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const ALONE: Duration = Duration::from_micros(10);

    /// Batches for which the I/O thread was to sleep, out of so many, if a batch takes `helped` with
    /// it and [`ALONE`] without.
    fn rested(pace: &mut Pace, now: &mut Duration, helped: Duration, batches: u32) -> u32 {
        let mut is_helped = false;
        let mut rested = 0;
        for _ in 0..batches {
            *now += if is_helped { helped } else { ALONE };
            is_helped = pace.count(*now, !is_helped);
            rested += u32::from(!is_helped);
        }
        rested
    }

    #[test]
    fn a_thread_that_helps_is_used_but_for_samples() {
        let mut now = Duration::ZERO;
        let mut pace = Pace::new(now);
        assert!(rested(&mut pace, &mut now, ALONE / 2, 10_000) < 200);
    }

    #[test]
    fn a_thread_that_brings_nothing_rests_longer_each_time_and_a_useful_wake_resets_that() {
        let mut now = Duration::ZERO;
        let mut pace = Pace::new(now);
        let rests = |pace: &Pace| pace.rest;
        assert_eq!(rests(&pace), REST.0);
        rested(&mut pace, &mut now, ALONE, 200);
        let first = rests(&pace);
        assert!(first > REST.0);
        // In a second there are 100,000 batches, and only the windows are not rest.
        assert!(rested(&mut pace, &mut now, ALONE, 100_000) > 95_000);
        assert_eq!(rests(&pace), REST.1);
        rested(&mut pace, &mut now, ALONE / 2, 2_000);
        assert_eq!(rests(&pace), REST.0);
    }

    #[test]
    fn a_thread_never_rests_if_a_batch_takes_longer_than_its_wake() {
        let mut now = Duration::ZERO;
        let mut pace = Pace::new(now);
        let mut is_helped = false;
        let mut rested = 0;
        for _ in 0..10_000 {
            now += LONG;
            is_helped = pace.count(now, !is_helped);
            rested += u32::from(!is_helped);
        }
        assert!(rested < 20, "only samples: {rested}");
    }

    #[test]
    fn a_consumer_that_cannot_read_is_helped_at_once() {
        let mut now = Duration::ZERO;
        let mut pace = Pace::new(now);
        rested(&mut pace, &mut now, 2 * ALONE, 100_000);
        pace.needs_help(now);
        assert!(pace.count(now, false));
    }

    /// Batches that the I/O thread has read before it rests cost the consumer nothing, and say
    /// nothing about the consumer alone.
    #[test]
    fn old_batches_do_not_count_for_the_consumer_alone() {
        let mut pace = Pace::new(Duration::ZERO);
        for _ in 0..1_000 {
            assert!(!pace.count(Duration::from_secs(1), false));
        }
        assert_eq!(pace.alone, None);
    }
}
