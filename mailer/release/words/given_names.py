"""Given names: first names that tell a person from a body or a place.

Owns a table of common ones in the languages of `LANGUAGES`. Only helps where the form leaves a doubt; a person whose
name is not here is known by what stands around it.
"""

from __future__ import annotations

_NAMES = """
    Aaron Abby Abdoulaye Abdul Abdullah Abel Abigail Abraham Ada Adam Adama Adela Adele Adeline Adolf Adolfo Adrian
    Adriana Adriano Adrien Adrienne Adèle Afonso Agata Agatha Agathe Agnes Agnese Agnieszka Agnès Agustina Agustín
    Ahmad Ahmed Aida Aidan Aiden Aimée Ainhoa Aisha Aisling Aitana Aitor Aki Akiko Akira Alain Alan Alana Alastair
    Alba Albert Alberta Alberto Albrecht Alejandra Alejandro Aleksandra Alena Alessandra Alessandro Alessia Alessio
    Alex Alexa Alexander Alexandra Alexandre Alexia Alexis Alfie Alfio Alfons Alfonso Alfred Alfredo Ali Alice Alicia
    Alina Aline Alisha Alison Alistair Allan Allegra Allen Allison Alma Almudena Alois Alonso Alva Alwin Alyson Alyssa
    Amadou Amaia Amal Amalia Amanda Amandine Amaya Amber Amelia Amina Aminata Amir Amos Amparo Amy Amélie Ana Anabela
    Anaïs Anders Andrea Andreas Andreea Andreia Andreina Andrew Andrzej André Andrés Andy Ane Anette Angel Angela
    Angelika Angelina Angelo Angus Angélica Anh Aniek Anita Anja Anjali Anke Ann Anna Annabel Annabelle Annalisa Anne
    Anneke Annelies Anneliese Annemarie Annemieke Annette Annick Annie Annika Anouk Ansgar Anthony Antje Antoine
    Antoinette Anton Antonella Antonia Antonio Antía António Antônio Anya Aníbal Apostolos Araceli Ariadna Ariana
    Ariane Ariel Arjan Arlette Armand Armando Armin Arnau Arnaud Arne Arnold Arthur Artur Arturo Arun Asha Ashley
    Ashok Asier Asif Astrid Aude Audrey August Augusto Aurelia Aurora Aurore Aurélie Aurélien Austin Axel Aya Ayako
    Ayesha Ayşe Azra Baptiste Barbara Barnaby Barry Bart Bartosz Bas Basil Bastian Bastien Beate Beatrice Beatrix
    Beatriz Beau Becky Begoña Belinda Belén Ben Benedetta Benedict Benedikt Bengt Benita Benito Benjamin Benjamín
    Benno Benoit Benoît Beppe Berend Bernadette Bernard Bernardo Bernd Bernhard Bernice Bert Bertha Berthold Bertrand
    Beryl Bess Beth Bethany Betina Betsy Bettina Betty Beverley Beverly Bianca Biel Bill Billy Birgit Birgitta Björn
    Blake Blanca Blanche Blandine Bo Bob Bobby Bonnie Boris Brad Bradley Brais Bram Brandon Branka Brenda Brendan
    Brent Brett Brian Bridget Brigitte Britta Bronwen Brooke Bruce Brunella Bruno Bryan Bryony Burkhard Bárbara
    Béatrice Bérengère Børge Caio Caitlin Caleb Callum Calogero Calum Cameron Camila Camilla Camille Camilo Candela
    Candice Cara Carina Carine Carl Carla Carlo Carlos Carlota Carly Carme Carmela Carmelo Carmen Carmine Carol Carola
    Carole Carolin Carolina Caroline Carolyn Carrie Carsten Casey Caspar Cassandra Cassie Catalina Catarina Caterina
    Cathal Catherine Cathleen Cathrin Cathy Cecilia Cecilie Cedric Cees Celia Celine Cerys Cesare Chantal Charlene
    Charles Charlie Charlotte Charlène Cheikh Chelsea Cheryl Chiara Chidi Chinedu Chioma Chloe Chloé Chris Christa
    Christel Christelle Christian Christiane Christina Christine Christof Christoph Christophe Christopher Chuck Ciara
    Cindy Cinzia Ciro Citlali Claes Claire Clara Clare Clarence Clarissa Claude Claudia Claudine Claudio Claus Clemens
    Cliff Clifford Clive Clotilde Cláudia Cláudio Clémence Clément Cody Colette Colin Colleen Conceição Concepción
    Concetta Concha Connie Connor Conny Conrad Constance Constantin Constanze Consuelo Cora Coralie Cordula Corentin
    Corinna Corinne Cormac Cornelia Cornelis Cornelius Corrado Cory Cosima Cosimo Costanza Courtney Craig Cristian
    Cristiana Cristiano Cristina Cristóbal Curtis Cynthia Cyprien Cyril Cyrille Cyrus Cécile Cédric Céleste Célia
    Céline César Daan Dafne Dagmar Daisy Dale Damian Damiano Damien Damon Dan Dana Daniel Daniela Daniele Danielle
    Danilo Danièle Danny Daphne Dara Daria Dario Darius Darlene Darnell Darragh Darren Daryl Darío Dave Davi David
    Davide Dawn Dean Debbie Deborah Declan Deepa Deirdre Delbert Delia Delphine Denis Denise Dennis Derek Desirée
    Desmond Detlef Diana Diane Diarmuid Diego Dieter Dietmar Dietrich Dilip Dilys Dimitri Dina Dinesh Dino Diogo
    Dionne Dirk Djamila Dolores Dolors Domingo Dominic Dominik Dominika Dominique Don Donald Donatella Donato Donna
    Dora Doreen Dorian Doris Dorothea Dorothee Dorothy Doug Douglas Douwe Doyle Dries Duarte Duncan Dustin Dwayne
    Dylan Débora Dörte Eamon Earl Ebba Eberhard Ebony Eckart Eckhard Ed Eddie Edgar Edite Edith Edmond Edmund Edna
    Edoardo Edouard Eduard Eduarda Eduardo Edurne Edward Edwin Efraín Egon Eileen Eira Eitan Ekaterina Elaine Elba
    Eleanor Elena Eleni Eleonora Elfriede Eli Elia Eliane Elias Elie Elif Elina Elio Elisa Elisabeth Elisabetta Elise
    Eliza Elizabeth Elke Ella Elle Ellen Ellie Elliot Elliott Ellis Elmer Elodie Elsa Elsbeth Else Elspeth Elvira Ely
    Eléonore Emanuel Emanuela Emanuele Emeka Emer Emil Emile Emilia Emiliano Emilie Emilio Emily Emma Emmanuel
    Emmanuelle Emre Emrys Encarna Encarnación Eneko Enno Enora Enric Enrica Enrico Enrique Enya Enzo Eoin Eric Erica
    Erich Erick Erik Erika Erin Ermanno Ernest Ernesto Ernst Erwan Erwann Erwin Esmee Esmé Esperanza Esteban Estefanía
    Estela Estelle Ester Esther Eszter Ethan Etienne Ettore Eugen Eugene Eugenia Eugenio Eugénie Eunice Eva Evan
    Evangelos Eve Evelien Eveline Evelyn Evelyne Everett Evert Ewa Ewald Ewan Ezio Ezra Fabian Fabiana Fabiano Fabien
    Fabienne Fabio Fabiola Fabrice Fabrizio Facundo Faith Falk Fanny Farah Faruk Fatih Fatima Fatou Fatoumata Fausto
    Faye Federica Federico Felicia Felicitas Felicity Felipa Felipe Felix Femi Femke Fenja Fenna Ferdinand Fergal
    Fergus Fernanda Fernando Ffion Fidel Filip Filipa Filipe Filippo Filomena Finlay Finn Fiona Fionn Flaminia Flavia
    Flavio Fleur Floor Floortje Flora Florence Florencia Florent Florian Floriane Floris Floyd Flávia Flávio Frances
    Francesca Francesco Francis Francisca Francisco Franck Franco Francois Frank Franka Franklin Franz Franziska
    François Françoise Frauke Fred Freda Freddie Frederic Frederick Frederico Frederik Frederike Freek Freya Frida
    Frieda Friederike Friedhelm Friedrich Frits Fritz Frode Frédéric Frédérique Fulvia Fulvio Funmi Fábio Fátima Félix
    Gabriel Gabriela Gabriele Gabriella Gabrielle Gaetano Gaia Gail Garance Gareth Garrett Gary Gaspar Gaspard
    Gauthier Gavin Gavino Gaël Gaëlle Geert Geertje Gemma Gene Geneviève Gennaro Geoff Geoffrey Geoffroy Georg George
    Georges Georgia Georgie Georgina Georgios Geraint Gerald Geraldine Gerard Gerardo Gerd Gerda Gerhard Gerlinde
    Germán Gernot Gerrit Gerry Gert Gertrud Gesa Gesche Gesine Gethin Ghislain Ghislaine Giacomo Giada Giampiero
    Giancarlo Gianfranco Gianluca Gianluigi Gianmarco Gianna Gianni Gijs Gil Giles Gill Gilles Gillian Gina Ginevra
    Gino Gioia Giordano Giorgia Giorgio Giovanna Giovanni Gisela Gisele Gisèle Gita Gitte Giulia Giuliana Giuliano
    Giulio Giuseppe Giuseppina Giusi Gladys Glen Glenda Glenn Gloria Glyn Glória Goedele Gonzalo Gonçalo Goran Gordon
    Gorka Grace Graciela Graeme Graham Grainne Grant Grazia Graziella Graça Grażyna Greg Gregoire Gregor Gregory Greta
    Gretchen Griet Grit Grégoire Grégory Gudrun Guida Guido Guilherme Guillaume Guillermo Gundula Gunnar Gunter Gus
    Gustav Gustavo Guy Gwen Gwenaël Gwenaëlle Gwendolyn Gwyneth Gwynne Gérald Géraldine Gérard Günter Günther Hadley
    Hagen Haiko Hakan Hal Hamish Hamza Hana Hank Hanna Hannah Hanne Hannelore Hannes Hans Hans-Jürgen Harald Harlan
    Harold Harpreet Harri Harriet Harrison Harry Hartmut Haruka Haruki Haruto Harvey Hassan Hazel Heather Hector
    Hedwig Heidi Heike Heiko Hein Heiner Heinrich Heinz Heitor Helder Helen Helena Helene Helga Helge Hella Helmut
    Helmuth Heloisa Hendrik Hendrika Henk Henning Henri Henriette Henrik Henrike Henrique Henry Herbert Heribert
    Herman Hermann Hermine Hernán Hervé Hester Hetty Hideki Hideo Hilary Hilda Hilde Hildegard Hilke Hillary Hiro
    Hiroki Hiroko Hiroshi Holger Holly Honor Honoré Hope Horst Hortense Howard Hubert Hugh Hugo Hugues Humberto
    Hussein Huw Hyacinth Héctor Hélder Hélène Iain Ian Iara Ibrahim Ibrahima Ichiro Ida Ifeoma Ignacio Ignazio Igor
    Iker Ilaria Ilona Ilse Imani Imke Imogen Imran Ina Ineke Ines Inga Inge Ingeborg Ingo Ingolf Ingrid Inigo Inka
    Inken Inmaculada Insa Inés Inês Ioana Iolanda Iona Irene Iria Irina Iris Irma Irmela Irmgard Irving Irène Isa
    Isaac Isabel Isabela Isabella Isabelle Isadora Isaiah Isaura Isidro Isis Isla Ismael Isobel Isolde Itzel Itziar
    Ivan Ivana Ivano Ivo Ivonne Iván Izabela Iñaki Jaap Jack Jackie Jackson Jacky Jacob Jacqueline Jacques Jacqui Jade
    Jagoda Jaime Jake Jakob Jakub Jamal James Jamie Jan Jana Jane Janek Janet Janice Janina Janine Janis Janne Janneke
    Jannik Jannis Jaqueline Jared Jarno Jasmijn Jasmin Jasmine Jason Jasper Jaspreet Javi Javier Jay Jayne Jean
    Jean-Baptiste Jean-Claude Jean-Luc Jean-Marc Jean-Marie Jean-Michel Jean-Paul Jean-Pierre Jeanette Jeanine Jeanne
    Jeannette Jef Jeff Jeffrey Jelena Jelle Jelmer Jemima Jemma Jen Jenna Jennifer Jenny Jens Jens-Uwe Jeremiah
    Jeremias Jeremy Jermaine Jeroen Jerome Jerry Jesper Jess Jesse Jessica Jessie Jesús Jet Jill Jillian Jim Jimena
    Jimmy Jo Joachim Joan Joana Joanna Joanne Joaquim Joaquín Jocelyn Jochen Jodi Jodie Jody Joe Joel Joep Joey Johan
    Johann Johanna Johannes John Johnny Joke Jokin Jolanda Jolanta Jolien Jon Jonas Jonathan Jone Jony Joost Jordan
    Jordi Jorge Joris Jorrit Josef Josefa Josefina Josefine Joseph Josephine Josette Josh Joshua Josiane Josie Jost
    Josua José Joséphine Joy Joyce João Joël Joëlle Juan Juana Juanita Judit Judith Judy Juha Jules Julia Julian
    Juliana Juliane Julianne Juliano Julie Julien Julienne Juliet Juliette Julio Julius Julián Jun June Jurgen Juri
    Jurjen Jurriaan Jussara Justin Justine Justus Justyna Jutta Jérémie Jérémy Jérôme Jörg Jörn Júlia Júlio Jürgen Kai
    Kamal Kamila Kaori Kara Karel Karen Karim Karima Karin Karina Karine Karl Karl-Heinz Karla Karlheinz Karlijn
    Karolin Karolina Karsten Kaspar Kasper Kata Katalin Kate Katerina Katharina Katharine Katherine Kathleen Kathrin
    Kathryn Kathy Katia Katie Katja Katleen Katrien Katrijn Katrin Katrina Katsumi Kavita Kay Kayla Kayleigh Kazuki
    Kazuko Kees Keiko Keir Keisha Keith Kelly Kelsey Ken Kenji Kenneth Keno Kenta Kenzo Kerry Kerstin Kevin Khadija
    Khaled Kiara Kieran Kilian Kim Kimberly Kira Kirk Kirsten Kirstin Kirsty Kit Kitty Klaas Klara Klaus Klaus-Peter
    Knut Koen Kofi Koldo Konrad Konstantin Konstantinos Kris Krista Kristian Kristin Kristina Kristine Krystyna
    Krzysztof Kurt Kwame Kyle Kylie Kyoko Käthe Lachlan Laetitia Laia Lakshmi Lapo Lara Larissa Larry Lars Latisha
    Latoya Laura Laure Laurel Lauren Laurence Laurens Laurent Lauri Laurie Lautaro Lavinia Lawrence Laëtitia Lea Leah
    Leander Leandro Leanne Lee Leif Leigh Leila Leire Leland Lena Lennard Lennart Lenny Leo Leon Leona Leonard
    Leonardo Leonhard Leonie Leonor Leonora Leontien Leopold Leopoldo Leroy Lesley Leslie Lester Leticia Letizia
    Letícia Lev Levi Levke Lewis Lex Leyla Lia Liam Lidia Lieke Liesbeth Liese Liesel Lieselotte Lieven Lila Lili
    Lilian Liliana Liliane Lilly Lily Lin Lina Linda Lindsay Lindsey Ling Linh Linn Linus Lionel Lisa Lisbeth Lise
    Lisette Livia Liz Liza Lizzie Llinos Lloyd Lluís Logan Lois Lola Lore Loredana Lorena Lorenz Lorenza Lorenzo
    Loretta Lori Loris Lorna Lorraine Lothar Lotta Lotte Lou Louis Louisa Louise Lowell Lowri Loïc Loïck Loïs Luana
    Luc Luca Lucas Lucia Luciana Luciano Lucie Lucien Lucienne Lucile Lucilla Lucille Lucinda Lucio Lucrezia Lucy
    Lucía Ludger Ludivine Ludovic Ludovica Ludwig Luigi Luis Luisa Luise Luisella Luiz Lukas Luke Lurdes Luther Lutz
    Luuk Luz Luís Luísa Lydia Lydie Lyle Lynda Lynn Lynne Léa Léo Léon Léonie Lídia Lívia Lúcia Lúcio Maaike Maarten
    Mabel Macarena Machteld Maddalena Maddie Madeleine Madeline Madison Mads Mae Maeve Mafalda Magali Magda Magdalena
    Maggie Magnus Mahmoud Maia Maike Mairi Maisie Maite Maja Malcolm Malika Malin Malina Malte Mamadou Mandy Manfred
    Manish Manon Manpreet Manuel Manuela Mara Marc Marc-André Marceau Marcel Marcela Marceli Marcella Marcelle
    Marcello Marcelo Marcia Marcin Marco Marcos Marcus Marek Maren Margaret Margareta Margarete Margarethe Margarida
    Margarita Margaux Margherita Margit Margot Margret Margriet Marguerite Mari Maria Mariam Mariama Marian Mariana
    Marianna Marianne Mariano Maribel Marie Marie-Christine Marie-Claire Marie-Laure Marie-Louise Marieke Marielle
    Marietta Mariette Marija Marijke Mariko Marilena Marilyn Marin Marina Marine Mario Marion Marisa Marisol Marissa
    Marit Marius Marja Marjan Marjolein Marjorie Mark Markus Marleen Marlene Marlies Marloes Marlon Marlène Marsha
    Marta Martha Marthe Martial Martijn Martin Martina Martine Martí Martín Marvin Mary Maryam Maryline Maryse Marzia
    María Masako Massimiliano Massimo Mat Matej Mateo Mateus Mateusz Matheus Mathias Mathieu Mathilda Mathilde Mathis
    Matilda Matilde Mats Matt Matteo Matthew Matthias Matthieu Matthijs Matías Maud Maude Maura Maureen Maurice
    Mauricio Maurizio Mauro Maurício Max Maxim Maxime Maximilian Maxine May Maya Maylis Mayumi Maël Maëlle Maïté
    Maïwenn Mechthild Meera Meg Megan Mehdi Mehmet Mei Meike Meinhard Mel Melanie Melina Melinda Melissa Melody Melvin
    Menno Mercedes Mercè Meredith Merete Merle Merve Mia Micaela Micha Michael Michaela Michal Michał Michel Michela
    Michelangelo Michele Michelle Michèle Midori Mieke Miguel Mika Mikael Mike Mikel Mikhail Milan Mildred Milena
    Miles Millie Milly Milo Milton Mimi Mina Mindy Minh Minna Mira Miranda Mireia Mireille Mirella Miriam Mirja Mirjam
    Mirko Miroslav Mirte Misaki Mitch Mitchell Miyuki Mohamed Mohammad Mohammed Mohan Moira Moisés Molly Momme Mona
    Monica Monika Monique Montse Montserrat Morag Morena Morgan Morgane Moritz Morris Morten Moses Moussa Muhammad
    Muriel Murray Mustafa Mya Myra Myriam Myron Myrtle Márcia Márcio Mário Mélanie Mélissa Mónica Mônica Nacho Nadia
    Nadine Nadja Nadège Nael Nahuel Naima Nan Nana Nancy Naomi Narges Natacha Natalia Natalie Natascha Natasha
    Nathalie Nathan Nathaniel Natália Nayeli Naïma Ndeye Neal Ned Neele Neha Neil Nele Nell Nellie Nelson Nerea Neus
    Neusa Neville Ngozi Nia Niall Niamh Niccolò Nicholas Nick Nicky Nicola Nicolai Nicolas Nicole Nicoletta Nicolette
    Nicolás Nicolò Niek Niels Nienke Nieves Nigel Nikhil Niklas Niko Nikola Nikolai Nikolaus Nils Nina Nino Ninon
    Nisha Noa Noah Noelia Noelle Noemi Nolwenn Noor Nora Norbert Noreen Norma Norman Norris Noé Noémie Noël Nuno
    Nunzia Nuria Nurit Nyree Nádia Núria Oana Octavia Octavio Océane Odette Odile Oisín Okko Olaf Olav Ole Olga Oliver
    Olivia Olivier Ollie Olof Olympia Omar Omer Onno Oona Ophelia Ophélie Oreste Oriol Orla Orlaith Orlando Ornella
    Orsola Orville Oscar Oskar Osvaldo Oswald Otis Ottavia Ottavio Otto Ottoline Otávio Otília Oumar Ousmane Owen
    Pablo Paco Padraig Paige Paloma Pam Pamela Paola Paolo Pascal Pascale Pasquale Pat Patience Patrice Patricia
    Patricio Patrick Patrizia Patrícia Patty Pau Paul Paula Paulette Paulina Pauline Paulo Pavel Pawel Paweł Payton
    Pedro Peer Peggy Penelope Penny Percy Perpetua Perrine Pete Peter Petra Petter Phil Philip Philipp Philippa
    Philippe Phillip Philomène Phoebe Phyllis Pia Piedad Pien Pier Piera Pierluigi Pierre Pierre-Yves Pierrette Pieter
    Pietro Pilar Pim Pina Piotr Piper Pippa Pleun Pol Pooja Poppy Pradeep Preeti Priscila Priscilla Priya Priyanka
    Prudence Quentin Quincy Quinn Rachel Rachele Rachid Radek Rafa Rafael Rafaela Raffaele Raffaella Raheem Rahel
    Raimondo Rainer Raj Rajesh Rajiv Ralf Ralph Ramiro Ramona Ramón Randall Randy Ranjit Raphael Raphaël Raphaëlle
    Raquel Rashid Rasmus Raul Ravi Ray Raymond Raúl Reagan Rebeca Rebecca Rebekah Reena Reggie Regina Reginald Reiner
    Reinhard Reinhold Reinier Remco Remedios Renaat Renan Renata Renate Renato Renaud Renzo René Renée Reto Rhian
    Rhiannon Rhoda Rhona Rhys Ria Ricarda Ricardo Riccarda Riccardo Richard Rick Rickard Ricky Rico Rieke Riekje Rik
    Rika Rishi Rita Rob Robbert Robbie Robert Roberta Roberto Robin Robyn Rocco Rocío Rod Roderick Rodney Rodolfo
    Rodrigo Roel Roger Rogério Rohan Rohit Roland Rolf Romain Roman Romana Romane Romeo Romina Romy Ron Ronald Ronaldo
    Ronan Ronja Ronny Roos Rory Rosa Rosalba Rosaleen Rosalie Rosalind Rosalyn Rosamund Rosana Rosanna Rosaria Rosario
    Roscoe Rose Roselyne Rosemarie Rosemary Roser Rosi Rosie Roslyn Ross Rosário Rosângela Rowan Rowena Roxana Roxane
    Roxanne Roy Ruairi Ruben Ruby Rubén Rudi Rudolf Rudolph Rudy Rufus Rui Rupert Russell Rut Rute Rutger Ruth Ruud
    Ryan Ryo Ryota Régine Régis Rémi Rémy Rúben Rüdiger Saba Sabela Sabina Sabine Sabrina Sadia Sadie Sagal Said
    Sakura Salim Sally Salma Salomé Salvador Salvatore Sam Samantha Samir Samira Samuel Samuele Sanda Sander Sandra
    Sandrine Sandro Sandy Sanjay Sanjeev Sanna Sanne Santiago Saoirse Sara Sarah Sascha Sasha Saskia Satoshi Satu Saul
    Savannah Saverio Saïd Scott Sean Sebastian Sebastiano Sebastián Selena Selim Selina Selma Seppe Serena Serge
    Sergej Sergio Seth Seán Shabana Shana Shane Shannon Sharon Shaun Shauna Shawn Shazia Sheila Shelby Shelley Sherman
    Sherry Shinji Shirley Shona Shota Shreya Sian Sibylle Sidney Siebe Siegfried Sieglinde Sien Sigrid Silja Silke
    Silvain Silvana Silvia Silvio Simeon Simon Simona Simone Simran Simão Simón Sinéad Siobhan Siobhán Sixt Siân
    Sjoerd Sjors Skye Sofia Sofie Sofía Solange Solveig Solène Sonia Sonja Sophia Sophie Soraya Spencer Stacey Stacy
    Stan Stanisław Stanley Stefan Stefania Stefanie Stefano Steffen Steffi Stella Stephan Stephanie Stephen Sterling
    Steve Steven Stewart Stig Stijn Stuart Stéphane Stéphanie Sue Sueli Sumiko Sunil Sunita Suresh Susan Susana
    Susanna Susanne Susi Susie Suzanne Suzy Sven Svenja Svetlana Swantje Sybille Sydney Sylke Sylvain Sylvester Sylvia
    Sylviane Sylvie Sébastien Sérgio Séverine Sílvia Sónia Sônia Sönke Sören Søren Tabea Tabitha Tadeusz Tahir Takashi
    Takeshi Takuya Tamara Tamika Tamsin Tamás Tanguy Tania Tanja Tanya Tara Tariq Tatiana Tatjana Taylor Ted Teddy
    Tegan Telma Telse Teo Terence Teresa Terry Tess Tessa Teun Thaddeus Thaís Thea Thelma Theo Theodor Theodora
    Theodore Theresa Therese Thiago Thibault Thibaut Thierry Thies Thijs Thilo Thomas Thora Thorben Thorsten Théo
    Thérèse Tia Tiago Tiffany Tijmen Till Tillmann Tilly Tilman Tilo Tim Timo Timothy Timothée Tina Tine Tineke Tito
    Titus Tiziana Tiziano Tjark Tjitske Tobias Toby Todd Tom Tomasz Tommaso Tommy Tomás Tomé Toni Tony Tonya Toon
    Toralf Torben Torsten Tracey Tracy Travis Trent Trevor Trey Tricia Trina Trinidad Tristan Troy Trudi Trudy Truus
    Tullio Tyler Tyrone Tânia Ubaldo Udo Ugo Ulf Uli Ulla Ulrich Ulrik Ulrike Umberto Una Unai Urs Ursina Ursula Usha
    Uta Ute Uwe Uxía Uzma Vagner Valentin Valentina Valentine Valentino Valentín Valeria Valerie Valter Valérie
    Vanessa Vanna Vasco Veerle Veit Velma Vera Verena Verity Vernon Veronica Veronika Verónica Vicente Vicki Vicky
    Victoire Victor Victoria Vijay Vikram Viktor Viktoria Vilma Vince Vincent Vincenza Vincenzo Viola Violet Violetta
    Violette Virgil Virgilio Virginia Virginie Vitor Vittoria Vittorio Vivian Viviana Vivien Vivienne Vladimir Volker
    Vânia Véronique Víctor Vítor Wade Wagner Waldemar Wally Walter Wanda Warren Wayne Wei Wendelin Wendell Wendy Wenke
    Wenzel Werner Wesley Wibke Wiebke Wieland Wietske Wilbert Wilbur Wilfried Wilhelm Wilhelmina Will Willa Willard
    Willeke Willem Willemijn William Willow Wilma Wim Winfried Winifred Winston Wolf Wolfgang Wolfram Woodrow Wouter
    Wyatt Xabier Xander Xavier Ximena Xoán Xóchitl Yacine Yael Yago Yann Yannick Yannik Yannis Yara Yasmeen Yasmin
    Yasmina Yasmine Yoann Yohan Yoko Yolanda Yoshiko Youssef Yuka Yukiko Yuko Yumi Yuri Yusuf Yuto Yves Yvette Yvonne
    Zachary Zahra Zainab Zane Zara Zeynep Zita Zoe Zofia Zora Zoé Zoë Zsofia Zubair Zuleica Zélie Álvaro Ángel Ángela
    Édith Édouard Élisa Élisabeth Élise Élodie Éloïse Émeline Émile Émilie Éric Étienne Íñigo Óscar Úrsula
"""
GIVEN_NAMES = frozenset(_NAMES.casefold().split())
