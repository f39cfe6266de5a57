"""What browsers get: pages that work without JavaScript, fragments, feeds, the demo; later the widget and the desk."""
