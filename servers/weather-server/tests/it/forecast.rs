//! The coming days and hours. How slots become local days is in `zones`.

use insta::assert_snapshot;
use serde_json::json;
use testkit::{text, upstream};

use crate::{
    failures::{self, Question, senseless},
    fixture::{FREE, KEYED, PAID_ONLY, World, fixture, recorded, refusal, structured},
};

const TOOL: &str = "get_forecast";

#[tokio::test]
async fn days_come_from_open_meteo() {
    let world = World::new(FREE).await;
    world.gives("/v1/search", recorded("om.geocoding")).await;
    world.gives("/v1/forecast", recorded("om.forecast")).await;
    let arguments = json!({"city": "Berlin", "days": 2, "language": "de"});
    let result = world.client().await.call(TOOL, arguments).await;
    assert_snapshot!(world.exchange(&result).await);
}

#[tokio::test]
async fn hours_come_from_open_meteo() {
    let world = World::new(FREE).await;
    world.gives("/v1/forecast", recorded("om.forecast")).await;
    let arguments = json!({"city": "52.52,13.42", "days": 1, "granularity": "hourly"});
    let result = world.client().await.call(TOOL, arguments).await;
    assert_snapshot!(world.exchange(&result).await);
}

#[tokio::test]
async fn days_come_from_one_call_where_the_key_has_it() {
    let world = World::new(KEYED).await;
    world
        .gives("/geo/1.0/reverse", upstream::json(200, json!([])))
        .await;
    world
        .gives("/data/3.0/onecall", recorded("owm.onecall3"))
        .await;
    let arguments = json!({"city": "44.34,10.99", "days": 1, "language": "it"});
    let result = world.client().await.call(TOOL, arguments).await;
    assert_snapshot!(world.exchange(&result).await);
}

#[tokio::test]
async fn hours_come_from_one_call_where_the_key_has_it() {
    let world = World::new(PAID_ONLY).await;
    world
        .gives("/geo/1.0/reverse", upstream::json(200, json!([])))
        .await;
    world
        .gives("/data/3.0/onecall", recorded("owm.onecall3"))
        .await;
    let arguments = json!({"city": "44.34,10.99", "days": 1, "granularity": "hourly"});
    let result = world.client().await.call(TOOL, arguments).await;
    assert_snapshot!(world.exchange(&result).await);
}

#[tokio::test]
async fn a_key_without_one_call_gets_slots_of_three_hours_and_one_call_is_asked_once() {
    let world = World::new(PAID_ONLY).await;
    world
        .gives("/geo/1.0/reverse", upstream::json(200, json!([])))
        .await;
    world
        .gives(
            "/data/3.0/onecall",
            refusal("owm.errors", "onecall3_not_subscribed"),
        )
        .await;
    world
        .gives("/data/2.5/forecast", recorded("owm.forecast5.tokyo"))
        .await;
    let client = world.client().await;
    client.call(TOOL, json!({"city": "51.51,-0.09"})).await;
    let arguments = json!({"city": "35.6895,139.6917", "days": 1, "granularity": "hourly"});
    let result = client.call(TOOL, arguments).await;
    assert_snapshot!(world.exchange(&result).await);
}

#[tokio::test]
async fn what_a_day_lacks_is_left_out() {
    let world = World::new(FREE).await;
    let mut reply = fixture("om.forecast");
    reply["daily"] = json!({
        "time": ["2026-11-21", "2026-11-22"],
        "temperature_2m_min": [null, -1.5],
        "temperature_2m_max": [null, null],
        "precipitation_sum": [null],
        "weather_code": [null, 42],
        "wind_speed_10m_max": [null, 0.0],
    });
    world
        .gives("/v1/forecast", upstream::json(200, reply))
        .await;
    let result = world
        .client()
        .await
        .call(TOOL, json!({"city": "52.52,13.42", "days": 2}))
        .await;
    let days = &structured(&result)["days"];
    assert_eq!(days[0], json!({"date": "2026-11-21", "partial": false}));
    let second = json!({"date": "2026-11-22", "partial": false, "temperature_min": -1.5, "wind": {"speed": 0.0}});
    assert_eq!(days[1], second);
    let text = text(&result);
    assert!(
        text.contains("Sat 21 Nov 2026: not reported\nSun 22 Nov 2026: min -1.5 °C; wind 0 m/s\n"),
        "{text}"
    );
}

#[tokio::test]
async fn more_hours_than_a_table_may_have_are_cut_with_a_note() {
    let world = World::new(FREE).await;
    let stamps: Vec<i64> = (0..80).map(|hour| 1_795_276_800 + hour * 3_600).collect();
    let temperatures: Vec<i64> = (0..80).collect();
    let hourly = json!({"time": stamps, "temperature_2m": temperatures});
    let reply = json!({"timezone": "UTC", "utc_offset_seconds": 0, "hourly": hourly});
    world
        .gives("/v1/forecast", upstream::json(200, reply))
        .await;
    let arguments = json!({"city": "51.5,0", "days": 3, "granularity": "hourly"});
    let result = world.client().await.call(TOOL, arguments).await;
    assert_eq!(structured(&result)["hours"].as_array().unwrap().len(), 48);
    let note = "Note: Hourly rows end after 48; `granularity` daily covers all 3 days.\n";
    assert!(text(&result).starts_with(note), "{}", text(&result));
}

#[tokio::test]
async fn open_meteo_says_no() {
    let question = Question {
        tool: TOOL,
        arguments: json!({"city": "52.52,13.42"}),
        variables: FREE,
        before: vec![],
        route: "/v1/forecast",
    };
    assert_snapshot!(question.fails(failures::open_meteo()).await);
}

#[tokio::test]
async fn openweathermap_says_no() {
    let question = Question {
        tool: TOOL,
        arguments: json!({"city": "51.51,-0.09"}),
        variables: PAID_ONLY,
        before: vec![
            ("/geo/1.0/reverse", recorded("owm.geo.reverse")),
            (
                "/data/3.0/onecall",
                refusal("owm.errors", "onecall3_not_subscribed"),
            ),
        ],
        route: "/data/2.5/forecast",
    };
    assert_snapshot!(question.fails(failures::open_weather()).await);
}

#[tokio::test]
async fn senseless_questions_reach_nobody() {
    let calls = [
        (json!({"city": ""}), "city"),
        (json!({"city": "x".repeat(200), "days": 1}), "city"),
        (json!({"city": "12.5,-181"}), "city"),
        (json!({"city": "Berlin", "days": 0}), "days"),
        (json!({"city": "Berlin", "days": 17}), "days"),
        (json!({"city": "Berlin", "days": -1}), "days"),
        (json!({"city": "Berlin", "days": 2.5}), "days"),
        (json!({"city": "Berlin", "days": "soon"}), "days"),
        (
            json!({"city": "Berlin", "granularity": "weekly"}),
            "granularity",
        ),
        (json!({"city": "Berlin", "units": "celsius"}), "units"),
        (json!({"city": "Berlin", "hours": 6}), "hours"),
    ];
    assert_snapshot!(senseless(TOOL, calls).await);
}
