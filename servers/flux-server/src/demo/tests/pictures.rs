use image::GenericImageView as _;

use super::*;

async fn pictures(stage: &Stage, model: &str, input: Value) -> Vec<Vec<u8>> {
    let path = format!("/v1/models/black-forest-labs/{model}/predictions");
    let done = stage.create(&path, input).await;
    let urls = match &done["output"] {
        Value::Array(urls) => urls.clone(),
        one => vec![one.clone()],
    };
    let mut all = Vec::new();
    for url in urls {
        let answer = stage.fetch(&url).await;
        assert_eq!(answer.status, 200, "{url}");
        all.push(answer.bytes);
    }
    all
}

fn format_and_size(bytes: &[u8]) -> (image::ImageFormat, (u32, u32)) {
    let format = image::guess_format(bytes).unwrap();
    let picture = image::load_from_memory_with_format(bytes, format).unwrap();
    (format, picture.dimensions())
}

#[tokio::test]
async fn pictures_have_the_size_and_the_format_that_were_asked_for() {
    use image::ImageFormat::{Jpeg, Png, WebP};
    let stage = Stage::new(AT_ONCE);
    for (model, input, expected) in [
        (
            "flux-dev",
            json!({"aspect_ratio": "4:5", "megapixels": "0.25"}),
            (WebP, (448, 544)),
        ),
        (
            "flux-dev",
            json!({"aspect_ratio": "21:9", "output_format": "png"}),
            (Png, (1536, 640)),
        ),
        (
            "flux-2-pro",
            json!({"aspect_ratio": "custom", "width": 256, "height": 288, "output_format": "jpg"}),
            (Jpeg, (256, 288)),
        ),
        (
            "flux-kontext-pro",
            json!({"aspect_ratio": "2:1"}),
            (Png, (1456, 720)),
        ),
    ] {
        let mut input = input;
        input["prompt"] = json!("a red fox");
        let all = pictures(&stage, model, input.clone()).await;
        assert_eq!(format_and_size(&all[0]), expected, "{input}");
        assert!(all[0].len() < 1_500_000, "{input}: {} bytes", all[0].len());
    }
}

#[tokio::test]
async fn the_same_prompt_and_seed_give_the_same_bytes_and_others_give_others() {
    let stage = Stage::new(AT_ONCE);
    let draw = |prompt: &str, seed: u64| {
        let input = json!({"prompt": prompt, "seed": seed, "megapixels": "0.25", "num_outputs": 2});
        pictures(&stage, "flux-schnell", input)
    };
    let fox = draw("a red fox", 7).await;
    assert_eq!(draw("a red fox", 7).await, fox);
    assert_ne!(fox[0], fox[1]);
    assert_ne!(draw("a red fox", 9).await[0], fox[0]);
    assert_ne!(draw("a red box", 7).await[0], fox[0]);
}

#[tokio::test]
async fn an_edit_starts_from_the_given_picture() {
    let stage = Stage::new(AT_ONCE);
    let white = image::RgbImage::from_pixel(200, 100, image::Rgb([255, 255, 255]));
    let mut png = std::io::Cursor::new(Vec::new());
    white.write_to(&mut png, image::ImageFormat::Png).unwrap();
    let data = base64_simd::STANDARD.encode_to_string(png.into_inner());
    let data = format!("data:image/png;base64,{data}");
    for input in [
        json!({"prompt": "darker", "input_image": data}),
        json!({"prompt": "darker", "input_image": "https://example.com/a.png"}),
    ] {
        let is_given = input["input_image"] == json!(data);
        let all = pictures(&stage, "flux-kontext-pro", input).await;
        let picture = image::load_from_memory(&all[0]).unwrap().into_rgb8();
        let first = picture.get_pixel(0, 0).0;
        // Darker than white, and nothing else in the row.
        let row = (0..picture.width()).map(|x| picture.get_pixel(x, 0).0);
        assert!(first.iter().all(|part| *part < 255));
        if is_given {
            assert_eq!(picture.dimensions(), (1456, 720));
            assert_eq!(first, [201, 196, 208]);
            assert_eq!(row.filter(|one| *one != first).count(), 0);
        } else {
            assert_eq!(picture.dimensions(), (1024, 1024));
        }
    }
}
