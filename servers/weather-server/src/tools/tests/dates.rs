use jiff::civil::{Date, date};

use super::oslo;
use crate::tools::dates::{Wanted, latest_today, local_today, past_period, utc_today, wanted_day};

const TODAY: Date = Date::constant(2026, 11, 21);

fn period_error(start: &str, end: &str) -> String {
    past_period(start, end, TODAY).unwrap_err().to_string()
}

#[test]
fn a_period_of_thirty_one_days_that_ends_today_is_fine() {
    let period = past_period("2026-10-22", "2026-11-21", TODAY).unwrap();
    assert_eq!(period, (date(2026, 10, 22), TODAY));
}

#[test]
fn one_day_is_a_period() {
    let period = past_period("1940-01-01", "1940-01-01", TODAY).unwrap();
    assert_eq!(period, (date(1940, 1, 1), date(1940, 1, 1)));
}

#[test]
fn a_malformed_date_is_refused_with_the_form_to_use() {
    let reason = "is not a date; write it as YYYY-MM-DD, such as 2026-07-31";
    for wrong in [
        "21.11.2026",
        "2026-02-30",
        "yesterday",
        "",
        "2026-11-21T00:00",
    ] {
        let error = period_error(wrong, "2026-11-21");
        assert!(error.starts_with("`start_date` is not usable"), "{error}");
        assert!(error.ends_with(reason), "{error}");
    }
    let error = period_error("2026-11-01", "soon");
    assert_eq!(error, format!("`end_date` is not usable: `soon` {reason}"));
}

#[test]
fn an_end_before_the_start_is_refused() {
    assert_eq!(
        period_error("2026-11-02", "2026-11-01"),
        "`end_date` is not usable: 2026-11-01 is before `start_date`, 2026-11-02"
    );
}

#[test]
fn more_than_thirty_one_days_are_refused() {
    assert_eq!(
        period_error("2026-01-01", "2026-02-01"),
        "`end_date` is not usable: 2026-01-01 to 2026-02-01 are 32 days, and one call covers at most 31; ask in parts"
    );
}

#[test]
fn the_future_is_refused_and_points_to_the_forecast() {
    let reason = "2026-11-22 lies in the future; get_forecast has the coming days";
    assert_eq!(
        period_error("2026-11-20", "2026-11-22"),
        format!("`end_date` is not usable: {reason}")
    );
    assert_eq!(
        period_error("2026-11-22", "2026-11-23"),
        format!("`start_date` is not usable: {reason}")
    );
}

#[test]
fn days_before_the_archive_are_refused() {
    assert_eq!(
        period_error("1939-12-31", "1940-01-05"),
        "`start_date` is not usable: 1939-12-31 is before 1940-01-01, where the archive begins"
    );
}

#[test]
fn a_day_to_compare_is_a_word_or_a_date() {
    assert_eq!(wanted_day("Today", TODAY).unwrap(), Wanted::Today);
    assert_eq!(wanted_day(" tomorrow ", TODAY).unwrap(), Wanted::Tomorrow);
    let date = date(2026, 12, 6);
    assert_eq!(wanted_day("2026-12-06", TODAY).unwrap(), Wanted::On(date));
}

#[test]
fn a_day_to_compare_that_no_place_can_have_is_refused() {
    let error = |day| wanted_day(day, TODAY).unwrap_err().to_string();
    assert_eq!(
        error("2026-11-19"),
        "`day` is not usable: 2026-11-19 lies in the past; get_weather_history has past days"
    );
    assert_eq!(
        error("2026-12-08"),
        "`day` is not usable: 2026-12-08 is more than 15 days ahead"
    );
    assert!(error("monday").contains("`monday` is not a date"));
}

#[test]
fn enough_days_are_asked_for_wherever_the_place_is() {
    assert_eq!(Wanted::Today.days(TODAY), 1);
    assert_eq!(Wanted::Tomorrow.days(TODAY), 2);
    assert_eq!(Wanted::On(date(2026, 11, 20)).days(TODAY), 1);
    assert_eq!(Wanted::On(date(2026, 11, 23)).days(TODAY), 4);
    assert_eq!(Wanted::On(date(2026, 12, 7)).days(TODAY), 16);
}

#[test]
fn today_depends_on_where_one_is() {
    let now = "2026-11-21T23:30:00Z".parse().unwrap();
    let mut place = oslo().place;
    assert_eq!(utc_today(now), TODAY);
    assert_eq!(latest_today(now), date(2026, 11, 22));
    assert_eq!(local_today(&place, now), Some(date(2026, 11, 22)));
    place.time_zone = Some("America/New_York".into());
    assert_eq!(local_today(&place, now), Some(TODAY));
    place.time_zone = None;
    assert_eq!(local_today(&place, now), None);
}
