"""What browsers get: pages that work without JavaScript, the demo, and later the widget and the desk."""
