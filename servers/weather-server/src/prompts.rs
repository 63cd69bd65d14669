//! Requests that a person can start from a menu, and values for their arguments.

use rmcp::{
    ErrorData,
    handler::server::wrapper::Parameters,
    model::{PromptMessage, Role},
    prompt, prompt_router,
};
use schemars::JsonSchema;
use serde::Deserialize;
use shared::text;

use crate::{
    WeatherServer,
    tools::{PlaceOutput, parse_date},
};

/// Fewer letters match half the world.
const SHORTEST_COMPLETED: usize = 2;
const MOST_COMPLETIONS: usize = 10;
const LONGEST_ARGUMENT: usize = 500;

type Messages = Result<Vec<PromptMessage>, ErrorData>;

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct BriefingInput {
    /// Name, `name, region, country`, postal code or `lat,lon`.
    pub(crate) city: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct TripInput {
    /// Name, `name, region, country`, postal code or `lat,lon`.
    pub(crate) city: String,
    /// First day, YYYY-MM-DD.
    pub(crate) start_date: String,
    /// Last day, YYYY-MM-DD.
    pub(crate) end_date: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct CompareInput {
    /// 2 to 10 cities, separated by semicolons: `Oslo; Paris, France; 35.68,139.69`.
    pub(crate) cities: String,
}

#[prompt_router(vis = "pub(crate)")]
impl WeatherServer {
    /// What the weather is like now and in the next days, with warnings and air quality.
    #[prompt(title = "Weather briefing")]
    pub(crate) async fn weather_briefing(
        &self,
        Parameters(input): Parameters<BriefingInput>,
    ) -> Messages {
        let city = filled("city", &input.city)?;
        Ok(message(format!(
            "Brief me on the weather in {city}.\n\
             Call get_weather_alerts, get_current_weather, get_forecast (3 days) and get_air_quality for it; leave out a tool that you do not have.\n\
             Start with official warnings, and say so if no source covers the place. Then, in a few short lines: now, the rest of today, the next two days, the air. \
             End with one sentence of advice on clothes and plans. Name the source, and ask me if the city could be another place of that name."
        )))
    }

    /// What weather to expect on a trip, and what to pack.
    #[prompt(title = "Weather for a trip")]
    pub(crate) async fn trip_weather(&self, Parameters(input): Parameters<TripInput>) -> Messages {
        let city = filled("city", &input.city)?;
        let start = date("start_date", &input.start_date)?;
        let end = date("end_date", &input.end_date)?;
        if end < start {
            let reason = format!("`end_date` ({end}) is before `start_date` ({start})");
            return Err(ErrorData::invalid_params(reason, None));
        }
        Ok(message(format!(
            "I am going to {city} from {start} to {end}. What weather should I expect?\n\
             For the days within the next 16, call get_forecast. Later days have no forecast: call get_weather_history for the same dates of the last two or three years instead (at most 31 days in one call) and say clearly that this is what it was like, not a forecast. \
             If the trip starts within three days, call get_weather_alerts too.\n\
             Give me the range of temperatures, the chance of rain and anything unusual, day by day where there is a forecast, then what to pack. Name the source."
        )))
    }

    /// Which of several cities has the better weather in the next days.
    #[prompt(title = "Compare cities")]
    pub(crate) async fn compare_cities(
        &self,
        Parameters(input): Parameters<CompareInput>,
    ) -> Messages {
        let cities = filled("cities", &input.cities)?;
        let cities: Vec<&str> = cities
            .split(';')
            .map(str::trim)
            .filter(|city| !city.is_empty())
            .collect();
        if !(2..=10).contains(&cities.len()) {
            let count = cities.len();
            let reason = format!("`cities` has {count}; give 2 to 10, separated by semicolons");
            return Err(ErrorData::invalid_params(reason, None));
        }
        let list: Vec<String> = cities.iter().map(|city| format!("\n- {city}")).collect();
        Ok(message(format!(
            "Compare the weather of these cities:{}\n\
             Call compare_weather with all of them at once, for `today` and again for `tomorrow`.\n\
             Show one table, then say in two sentences which city has the better weather and why. Say so if a city was not found or could be another place of that name. Name the source.",
            list.concat()
        )))
    }
}

impl WeatherServer {
    /// Places for what is typed so far; nothing when the search fails, since nobody sees an error here.
    pub(crate) async fn complete_places(&self, argument: &str, value: &str) -> Vec<String> {
        let (before, typed) = match argument {
            "city" => ("", value),
            "cities" => split_last(value),
            _ => return Vec::new(),
        };
        let typed = typed.trim();
        if typed.chars().count() < SHORTEST_COMPLETED {
            return Vec::new();
        }
        let search = self.weather.search(typed, MOST_COMPLETIONS, None).await;
        let mut values = Vec::new();
        for place in search.unwrap_or_default() {
            let value = format!("{before}{}", PlaceOutput::from(place).label());
            if !values.contains(&value) {
                values.push(value);
            }
        }
        values
    }
}

/// "Oslo; Ber" is "Oslo; " and "Ber".
pub(crate) fn split_last(value: &str) -> (&str, &str) {
    let start = value.rfind(';').map_or(0, |position| position + 1);
    let (before, last) = value.split_at(start);
    let spaces = last.len() - last.trim_start().len();
    value.split_at(before.len() + spaces)
}

/// On one line, so that an argument stays a part of its sentence.
fn filled(argument: &str, value: &str) -> Result<String, ErrorData> {
    let words: Vec<&str> = value.split_whitespace().collect();
    let value = text::clean(&words.join(" "));
    if value.is_empty() {
        let reason = format!("`{argument}` is empty");
        return Err(ErrorData::invalid_params(reason, None));
    }
    Ok(text::cut(&value, LONGEST_ARGUMENT))
}

fn date(argument: &str, value: &str) -> Result<jiff::civil::Date, ErrorData> {
    let value = filled(argument, value)?;
    parse_date(argument, &value).map_err(|error| ErrorData::invalid_params(error.to_string(), None))
}

fn message(text: String) -> Vec<PromptMessage> {
    vec![PromptMessage::new_text(Role::User, text)]
}

#[cfg(test)]
mod tests {
    use rmcp::model::{ContentBlock, ErrorCode};
    use shared::{Server as _, config::Env, settings::Settings};

    use super::*;

    fn server() -> WeatherServer {
        WeatherServer::new(&Env::default(), &Settings::defaults()).unwrap()
    }

    fn only_text(messages: Messages) -> String {
        let messages = messages.unwrap();
        assert_eq!(messages.len(), 1);
        assert_eq!(messages[0].role, Role::User);
        match &messages[0].content {
            ContentBlock::Text(content) => content.text.clone(),
            other => panic!("not a text: {other:?}"),
        }
    }

    fn refusal(messages: Messages) -> String {
        let error = messages.unwrap_err();
        assert_eq!(error.code, ErrorCode::INVALID_PARAMS);
        error.message.into_owned()
    }

    async fn briefing(city: &str) -> Messages {
        let city = city.into();
        server()
            .weather_briefing(Parameters(BriefingInput { city }))
            .await
    }

    async fn trip(city: &str, start_date: &str, end_date: &str) -> Messages {
        let input = TripInput {
            city: city.into(),
            start_date: start_date.into(),
            end_date: end_date.into(),
        };
        server().trip_weather(Parameters(input)).await
    }

    async fn comparison(cities: &str) -> Messages {
        let cities = cities.into();
        server()
            .compare_cities(Parameters(CompareInput { cities }))
            .await
    }

    #[tokio::test]
    async fn prompts_name_only_tools_that_exist() {
        let texts = [
            only_text(briefing("Oslo").await),
            only_text(trip("Oslo", "2026-12-01", "2026-12-05").await),
            only_text(comparison("Oslo; Bergen").await),
        ];
        let groups = crate::tools::toolsets();
        let tools: Vec<&str> = groups
            .iter()
            .flat_map(|group| group.router.map.keys().map(AsRef::as_ref))
            .collect();
        for text in &texts {
            let named = text.split(|c: char| !c.is_ascii_lowercase() && c != '_');
            let named: Vec<&str> = named.filter(|word| word.contains('_')).collect();
            assert!(!named.is_empty(), "{text}");
            assert!(named.iter().all(|name| tools.contains(name)), "{named:?}");
        }
    }

    #[tokio::test]
    async fn arguments_become_part_of_the_request_on_one_line() {
        let text = only_text(briefing("  New\nYork ").await);
        assert!(
            text.starts_with("Brief me on the weather in New York.\n"),
            "{text}"
        );
        let text = only_text(comparison("Oslo; Paris, France;;").await);
        assert!(text.contains(":\n- Oslo\n- Paris, France\nCall"), "{text}");
    }

    #[tokio::test]
    async fn an_empty_argument_is_refused_by_name() {
        assert_eq!(refusal(briefing(" ").await), "`city` is empty");
        let dates = ("2026-12-01", "2026-12-05");
        assert_eq!(refusal(trip("", dates.0, dates.1).await), "`city` is empty");
        assert_eq!(
            refusal(trip("Oslo", "", dates.1).await),
            "`start_date` is empty"
        );
        assert_eq!(
            refusal(trip("Oslo", dates.0, "").await),
            "`end_date` is empty"
        );
        assert_eq!(refusal(comparison("").await), "`cities` is empty");
    }

    #[tokio::test]
    async fn dates_that_make_no_trip_are_refused() {
        let error = refusal(trip("Oslo", "next week", "2026-12-05").await);
        assert!(
            error.contains("`start_date`") && error.contains("YYYY-MM-DD"),
            "{error}"
        );
        assert_eq!(
            refusal(trip("Oslo", "2026-12-05", "2026-12-01").await),
            "`end_date` (2026-12-01) is before `start_date` (2026-12-05)"
        );
    }

    #[tokio::test]
    async fn one_city_is_no_comparison() {
        assert_eq!(
            refusal(comparison("Oslo;").await),
            "`cities` has 1; give 2 to 10, separated by semicolons"
        );
    }

    #[tokio::test]
    async fn one_letter_or_another_argument_completes_nothing() {
        assert!(server().complete("city", " O ").await.is_empty());
        assert!(server().complete("cities", "Oslo; B").await.is_empty());
        assert!(server().complete("start_date", "2026").await.is_empty());
    }

    #[test]
    fn the_last_of_several_cities_is_completed() {
        assert_eq!(split_last("Os"), ("", "Os"));
        assert_eq!(split_last("Oslo; Ber"), ("Oslo; ", "Ber"));
        assert_eq!(split_last("Oslo;Paris, Fr"), ("Oslo;", "Paris, Fr"));
        assert_eq!(split_last("Oslo;"), ("Oslo;", ""));
    }
}
