//! Three-hour slots, grouped into the local calendar days they lie in.

use std::{collections::BTreeMap, ops::Range};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{Day, Source, Sourced, Wind, conditions, local};

const SLOT_SECONDS: i64 = 3 * 60 * 60;

/// Three hours from `at` on.
pub(super) struct Slot {
    pub(super) at: Timestamp,
    pub(super) temperature_min: Option<f64>,
    pub(super) temperature_max: Option<f64>,
    pub(super) humidity_percent: Option<f64>,
    pub(super) precipitation: f64,
    pub(super) precipitation_probability_percent: Option<f64>,
    pub(super) wind: Wind,
    pub(super) condition: Option<String>,
    /// OpenWeatherMap's id of the condition.
    pub(super) condition_id: Option<u16>,
    pub(super) daytime: bool,
}

/// The wanted days, in order. A day that some of its slots are missing from is partial.
pub(super) fn group(slots: &[Slot], zone: &TimeZone, wanted: &Range<Date>) -> Vec<Day> {
    let mut days: BTreeMap<Date, Vec<&Slot>> = BTreeMap::new();
    for slot in slots {
        days.entry(local::date(zone, slot.at))
            .or_default()
            .push(slot);
    }
    days.into_iter()
        .filter(|(date, _)| wanted.contains(date))
        .map(|(date, slots)| day(date, &slots, zone))
        .collect()
}

fn day(date: Date, slots: &[&Slot], zone: &TimeZone) -> Day {
    let strongest = slots.iter().max_by(|a, b| {
        a.wind
            .speed
            .partial_cmp(&b.wind.speed)
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    Day {
        date,
        condition: condition(slots),
        temperature_min: values(slots, |slot| slot.temperature_min).reduce(f64::min),
        temperature_max: values(slots, |slot| slot.temperature_max).reduce(f64::max),
        precipitation: Some(slots.iter().map(|slot| slot.precipitation).sum()),
        precipitation_probability_percent: values(slots, |slot| {
            slot.precipitation_probability_percent
        })
        .reduce(f64::max),
        wind: Wind {
            speed: strongest.and_then(|slot| slot.wind.speed),
            gust: values(slots, |slot| slot.wind.gust).reduce(f64::max),
            from_degrees: strongest.and_then(|slot| slot.wind.from_degrees),
        },
        humidity_percent: mean(values(slots, |slot| slot.humidity_percent)),
        sunrise: None,
        sunset: None,
        partial: slots.len() < slots_in(date, zone),
        source: Source::OpenWeather,
    }
}

/// The most frequent condition by day (or by night, when that is all there is); of equals the most severe.
fn condition(slots: &[&Slot]) -> Option<String> {
    let any_daytime = slots.iter().any(|slot| slot.daytime);
    let mut frequency: BTreeMap<u16, (usize, &Slot)> = BTreeMap::new();
    for slot in slots.iter().filter(|slot| slot.daytime || !any_daytime) {
        if let Some(id) = slot.condition_id {
            frequency.entry(id).or_insert((0, slot)).0 += 1;
        }
    }
    frequency
        .into_iter()
        .max_by_key(|(id, (count, _))| (*count, conditions::severity(*id)))
        .and_then(|(_, (_, slot))| slot.condition.clone())
}

/// Slots begin at every third hour of UTC: eight a day, but a day on which the clock changes may have one more or less.
fn slots_in(date: Date, zone: &TimeZone) -> usize {
    let start = |date: Date| Some(date.to_zoned(zone.clone()).ok()?.timestamp().as_second());
    let bounds = (start(date), date.tomorrow().ok().and_then(start));
    let (Some(from), Some(to)) = bounds else {
        return 8;
    };
    let slots = (to - 1).div_euclid(SLOT_SECONDS) - (from - 1).div_euclid(SLOT_SECONDS);
    usize::try_from(slots).unwrap_or(8)
}

fn values<'a>(
    slots: &'a [&Slot],
    value: impl Fn(&Slot) -> Option<f64> + 'a,
) -> impl Iterator<Item = f64> + 'a {
    slots.iter().filter_map(move |slot| value(slot))
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    let sum: f64 = values.iter().sum();
    (!values.is_empty()).then(|| sum / values.len() as f64)
}

/// The days of one source, and those of another for what it lacks or covers only in part. Today stays: what is left of
/// it is what is asked about.
pub(super) fn continued(mut own: Sourced<Vec<Day>>, more: Vec<Day>) -> Sourced<Vec<Day>> {
    let Some(first) = own.value.iter().map(|day| day.date).min() else {
        own.notes
            .push("OpenWeatherMap has none of these days; they come from Open-Meteo".into());
        own.source = Source::OpenMeteo;
        own.value = more;
        return own;
    };
    let full = |date: Date| {
        own.value
            .iter()
            .any(|day| day.date == date && (!day.partial || date == first))
    };
    let added: Vec<Day> = more.into_iter().filter(|day| !full(day.date)).collect();
    own.value
        .retain(|day| added.iter().all(|added| added.date != day.date));
    if added.iter().any(|day| day.date < first) {
        own.notes.push(format!(
            "Days before {first} come from Open-Meteo: OpenWeatherMap's forecast begins later"
        ));
    }
    if let Some(from) = added.iter().map(|day| day.date).find(|date| *date > first) {
        own.notes.push(format!(
            "Days from {from} on come from Open-Meteo: OpenWeatherMap's forecast ends before"
        ));
    }
    own.value.extend(added);
    own.value.sort_by_key(|day| day.date);
    own
}

#[cfg(test)]
#[path = "tests/daily.rs"]
mod tests;
